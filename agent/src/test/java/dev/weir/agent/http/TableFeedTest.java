// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.view.FlowPage;
import dev.weir.agent.view.FlowPart;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.FlowWalk;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.SampleView;
import dev.weir.agent.view.TrafficFilter;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Whole tables, as their clients get them.
@Timeout(60)
class TableFeedTest {
    private static final String TABLE = "/api/v1/flows?sort=none&limit=0";
    private static final FlowView FLOW = new SampleView().flows.getFirst();

    /// A part of these is more than a socket takes.
    private static final FlowView LONG = SampleView.flow("n".repeat(60_000), "10.0.0.2", 80, "192.0.2.7", 40000, 1);

    private static final int LONG_TOGETHER = 200;

    private final AtomicInteger read = new AtomicInteger();
    private IntFunction<FlowPart> table = part -> SampleView.part(List.of(), true);
    private final HttpServer server = serve();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void slowClientIsReadForNoFurtherThanAFewParts() throws Exception {
        CountDownLatch bound = new CountDownLatch(4); // sent, ready, ready, and read for the next
        table = part -> {
            bound.countDown();
            return SampleView.part(Collections.nCopies(LONG_TOGETHER, LONG), false);
        };
        try (RawClient slow = ask()) {
            assertEquals('H', slow.socket.getInputStream().read());
            assertTrue(bound.await(30, TimeUnit.SECONDS));
            awaitWorkers();
            assertEquals(4, read.get());
        }
    }

    @Test
    void clientThatLeavesIsReadForNoMore() throws Exception {
        table = part -> SampleView.part(Collections.nCopies(1000, FLOW), false);
        try (RawClient client = ask()) {
            client.socket.getInputStream().skipNBytes(3_000_000);
        }
        awaitNoStream();
        int before = read.get();
        awaitWorkers();
        assertEquals(before, read.get());
    }

    @Test
    void clientThatLeavesWithoutReadingIsReadForNoMore() throws Exception {
        table = part -> SampleView.part(Collections.nCopies(LONG_TOGETHER, LONG), false);
        try (RawClient client = ask()) {
            assertEquals('H', client.socket.getInputStream().read());
        }
        awaitNoStream();
        int before = read.get();
        awaitWorkers();
        assertEquals(before, read.get());
    }

    @Test
    void tableThatCannotBeReadOnIsCutAndNotEnded() throws Exception {
        table = part -> {
            if (part == 5) {
                throw new IllegalStateException("the kernel says no, as this test wants it to");
            }
            return SampleView.part(Collections.nCopies(1000, FLOW), false);
        };
        try (InputStream body = body()) {
            assertThrows(IOException.class, body::readAllBytes);
        }
        awaitNoStream();
        assertEquals(6, read.get());
    }

    @Test
    void tableThatGrowsAndShrinksMeanwhileIsWhole() throws Exception {
        table = part -> SampleView.part(Collections.nCopies(part % 3 == 1 ? 0 : 700 * part, FLOW), part == 12);
        int flows = 700 * (2 + 3 + 5 + 6 + 8 + 9 + 11 + 12);
        try (InputStream body = body()) {
            FlowPage page = Json.read(body.readAllBytes(), FlowPage.class);
            assertEquals(flows, page.scanned());
            assertEquals(Collections.nCopies(flows, FLOW), page.flows());
        }
    }

    @Test
    void partsThatNobodyReadsAheadAreReadWhenTheyAreNeeded() throws IOException {
        Executor full = task -> {
            throw new RejectedExecutionException("full");
        };
        Executor slow = task -> {};
        for (Executor readers : List.of(full, slow, Runnable::run)) {
            FlowWalk walk = walk(part -> SampleView.part(Collections.nCopies(3, FLOW), part == 4));
            TableFeed feed = new TableFeed(walk, TrafficFilter.ALL, readers);
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            for (ByteBuf piece = feed.next(); piece != null; piece = feed.next()) {
                piece.readBytes(body, piece.readableBytes());
                piece.release();
            }
            feed.close();
            assertEquals(
                    Collections.nCopies(15, FLOW),
                    Json.read(body.toByteArray(), FlowPage.class).flows());
        }
    }

    private FlowWalk walk(IntFunction<FlowPart> parts) {
        return new FlowWalk() {
            private int next;

            @Override
            public FlowPart read(int count) {
                read.incrementAndGet();
                return parts.apply(next++);
            }

            @Override
            public int position() {
                return next;
            }
        };
    }

    private HttpServer serve() {
        SampleView view = new SampleView() {
            @Override
            public FlowWalk walk(int position) {
                return TableFeedTest.this.walk(part -> table.apply(part));
            }
        };
        try {
            return HttpServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), view);
        } catch (ListenException e) {
            throw new IllegalStateException(e);
        }
    }

    private RawClient ask() throws IOException {
        return new RawClient(server.address()).send("GET " + TABLE + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    private InputStream body() throws IOException {
        return URI.create("http://localhost:" + server.address().getPort() + TABLE)
                .toURL()
                .openStream();
    }

    /// Whatever was given to workers before has been done: there are two of them, who take turns in order.
    private void awaitWorkers() throws IOException {
        for (int i = 0; i < 10; i++) {
            metrics();
        }
    }

    private void awaitNoStream() throws IOException {
        while (!metrics().contains("\nweir_http_streams 0.0\n")) {
            Thread.onSpinWait();
        }
    }

    private String metrics() throws IOException {
        try (InputStream body = URI.create(
                        "http://localhost:" + server.address().getPort() + "/metrics")
                .toURL()
                .openStream()) {
            return new String(body.readAllBytes(), UTF_8);
        }
    }
}
