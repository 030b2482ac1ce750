// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.event.EventLog;
import dev.weir.agent.http.StreamClient.Message;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.EventView;
import dev.weir.agent.view.FlowChanges;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.SampleView;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class StreamTest {
    private static final String EVENTS = "/api/v1/events/stream";
    private static final String FLOWS = "/api/v1/flows/stream";
    private static final int STREAMS = 3;

    /// More than the log keeps, and far more than the sockets of one client.
    private static final int FLOOD = 40_000;

    private static final int BATCH = 1000;
    private static final String LONG = "x".repeat(900);

    private final EventLog log = new EventLog();
    private final SampleView view = new SampleView() {
        @Override
        public EventPage events(EventQuery query) {
            return log.page(query);
        }
    };
    private final List<AutoCloseable> opened = new ArrayList<>();
    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        view.flows = new CopyOnWriteArrayList<>();
        HttpLimits limits = new HttpLimits(64, Duration.ofSeconds(60), 4096, 16384, 8, 64, STREAMS, 16384);
        server = HttpServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), view, limits);
        opened.add(server);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private StreamClient open(String target, @Nullable String lastEventId) throws IOException {
        StreamClient client = new StreamClient(server.address(), target, lastEventId);
        opened.add(client);
        return client;
    }

    private static String text(Message message) throws IOException {
        assertEquals("", message.type());
        return String.valueOf(
                Json.read(message.data().getBytes(UTF_8), EventView.class).text());
    }

    private static FlowChanges changes(StreamClient client) throws IOException {
        return Json.read(client.next().data().getBytes(UTF_8), FlowChanges.class);
    }

    private static FlowView flow(int port, long bytes) {
        return SampleView.flow("blue", "10.0.0.2", port, "192.0.2.7", 40000, bytes);
    }

    @Test
    void streamBeginsWithThePageAndGoesOn() throws Exception {
        log.tell("one");
        log.tell("two");
        StreamClient client = open(EVENTS + "?limit=1", null);

        assertTrue(client.header.contains("content-type: text/event-stream\n"), client.header);
        assertEquals("two", text(client.next()));
        log.tell("three");
        assertEquals("three", text(client.next()));
    }

    @Test
    void streamMayBeginWithNothing() throws Exception {
        log.tell("one");
        StreamClient client = open(EVENTS + "?limit=0", null);
        while (!client.hasMore()) { // it says something when it has begun
            Thread.onSpinWait();
        }
        log.tell("later");
        assertEquals("later", text(client.next()));
    }

    @Test
    void whoComesBackGoesOnWhereItWas() throws Exception {
        log.tell("one");
        StreamClient before = open(EVENTS, null);
        Message one = before.next();
        before.close();
        log.tell("two");
        log.tell("three");
        StreamClient after = open(EVENTS, one.id());

        assertEquals("two", text(after.next()));
        assertEquals("three", text(after.next()));
    }

    @Test
    void filtersOfTheStreamAreThoseOfThePage() throws Exception {
        log.add(number -> EventView.of(number, SampleView.APPLIED, 0, packet(1)));
        log.add(number -> EventView.of(number, SampleView.APPLIED, 0, packet(2)));
        log.tell("of the agent");
        StreamClient client = open(EVENTS + "?not-namespace=blue", null);

        assertTrue(client.next().data().contains("\"namespace\":\"red\""));
        assertEquals(400, open(EVENTS + "?colour=red", null).status);
        assertEquals(400, open(FLOWS + "?limit=1001", null).status);
        StreamClient lost = open(EVENTS, "yesterday");
        assertEquals(400, lost.status);
    }

    private EventView.Packet packet(int index) {
        EventView.Packet packet = view.events.get(index).packet();
        if (packet == null) {
            throw new AssertionError("event " + index + " is about no packet");
        }
        return packet;
    }

    @Test
    void clientThatDoesNotReadLosesOnlyItsOwnEventsAndIsToldHowMany() throws Exception {
        StreamClient slow = open(EVENTS, null);
        StreamClient other = open(EVENTS, null);
        log.tell("first");
        assertEquals("first", text(slow.next()));
        assertEquals("first", text(other.next()));
        for (int i = 0; i < FLOOD / BATCH; i++) {
            for (int n = 0; n < BATCH; n++) {
                log.tell(i * BATCH + n + " " + LONG);
            }
            for (int n = 0; n < BATCH; n++) {
                assertEquals(i * BATCH + n + " " + LONG, text(other.next()));
            }
        }
        assertEquals(200, ask("/healthz"));

        long received = 0;
        long lost = 0;
        while (received + lost < FLOOD) {
            Message message = slow.next();
            if (message.type().equals("lost")) {
                lost += Json.read(message.data().getBytes(UTF_8), EventFeed.Lost.class)
                        .events();
            } else {
                received++;
            }
        }
        assertEquals(FLOOD, received + lost);
        assertTrue(lost > 0 && received >= EventLog.CAPACITY, received + " received, " + lost + " lost");
        log.tell("last");
        assertEquals("last", text(slow.next()));
    }

    private int ask(String target) throws IOException {
        try (RawClient client = new RawClient(server.address())) {
            return client.get(target).status();
        }
    }

    @Test
    void streamsBeyondTheLimitAreTurnedAwayUntilOneEnds() throws Exception {
        List<StreamClient> all = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            all.add(open(i % 2 == 0 ? EVENTS : FLOWS, null));
            assertEquals(200, all.get(i).status);
        }
        StreamClient more = open(EVENTS, null);
        assertEquals(503, more.status);
        assertTrue(more.header.contains("retry-after: 1\n"), more.header);
        assertEquals(200, ask("/api/v1/events"));

        all.getFirst().close();
        while (true) { // the server learns of the end a moment later
            try (StreamClient next = new StreamClient(server.address(), FLOWS, null)) {
                if (next.status == 200) {
                    return;
                }
            }
        }
    }

    @Test
    void closingTheServerEndsItsStreams() throws Exception {
        StreamClient events = open(EVENTS, null);
        StreamClient flows = open(FLOWS, null);
        flows.next();
        server.close();

        assertThrows(EOFException.class, events::next);
        assertThrows(EOFException.class, flows::next);
    }

    @Test
    void headerAloneOpensNoStream() throws Exception {
        for (int i = 0; i <= STREAMS; i++) {
            try (RawClient client = new RawClient(server.address())) {
                client.send("HEAD " + EVENTS + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertEquals("text/event-stream", client.answer(false).header("content-type"));
                assertEquals(200, client.get("/healthz").status()); // nothing of a body was in between
            }
        }
    }

    @Test
    void newerClientsReadItInChunks() throws Exception {
        log.tell("one");
        HttpClient client = HttpClient.newHttpClient();
        try {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://localhost:" + server.address().getPort() + EVENTS))
                    .build();
            HttpResponse<Stream<String>> answer = client.send(request, HttpResponse.BodyHandlers.ofLines());
            assertEquals(
                    "chunked", answer.headers().firstValue("transfer-encoding").orElse(""));
            assertTrue(answer.body()
                    .filter(line -> line.startsWith("data: "))
                    .findFirst()
                    .orElse("")
                    .contains("\"one\""));
        } finally {
            client.shutdownNow();
        }
    }

    @Test
    void flowsAreToldAsTheyOpenChangeAndClose() throws Exception {
        view.flows.add(flow(1, 100));
        view.flows.add(flow(2, 200));
        StreamClient client = open(FLOWS + "?limit=2&protocol=tcp", null);
        assertEquals(List.of(flow(2, 200), flow(1, 100)), changes(client).opened());

        view.flows.set(0, flow(1, 1000));
        assertEquals(List.of(flow(1, 1000)), changes(client).updated());
        view.flows.remove(1);
        assertEquals(List.of(flow(2, 200)), changes(client).closed());
        view.flows.addAll(List.of(flow(3, 3000), flow(4, 4000)));
        FlowChanges changes = changes(client);
        assertEquals(List.of(flow(4, 4000), flow(3, 3000)), changes.opened());
        assertEquals(List.of(flow(1, 1000)), changes.passed());
        assertEquals(3, changes.matched());
    }

    @Test
    void emptyTableIsToldOnceToo() throws Exception {
        assertEquals(0, changes(open(FLOWS, null)).scanned());
    }
}
