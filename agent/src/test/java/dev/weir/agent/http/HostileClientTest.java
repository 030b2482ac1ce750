// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.http.RawClient.Answer;
import dev.weir.agent.view.SampleView;
import dev.weir.agent.view.StatusView;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class HostileClientTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final String GET = " HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final SampleView view = new SampleView();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        RawClient client = client(server(limits(LONG)));
        client.send("GET /api/v1/status" + GET + "GET /healthz" + GET + "HEAD /metrics" + GET + "GET /nothing" + GET);

        assertTrue(client.answer(true).body().contains("\"generation\":3"));
        assertEquals("alive\n", client.answer(true).body());
        assertEquals(200, client.answer(false).status());
        assertEquals(404, client.answer(true).status());
    }

    @Test
    void endlessPipelineIsCut() throws Exception {
        RawClient client = client(server(limits(LONG)));
        client.send(("GET /api/v1/status" + GET).repeat(500));

        assertTrue(endsBefore(client, 500));
    }

    @Test
    void connectionBeyondTheLimitTakesTheSeatOfTheLongestIdleOne() throws Exception {
        HttpServer server = server(limits(LONG));
        RawClient first = client(server);
        assertEquals(200, first.get("/healthz").status());
        RawClient second = client(server);
        assertEquals(200, second.get("/healthz").status());
        assertEquals(200, first.get("/healthz").status());

        RawClient third = client(server);
        assertEquals(200, third.get("/healthz").status());
        assertTrue(second.isClosedByServer());
        assertEquals(200, client(server).get("/healthz").status());
        assertTrue(first.isClosedByServer());

        String metrics = third.get("/metrics").body();
        assertTrue(metrics.contains("\nweir_http_connections_cut_total 2.0\n"), metrics);
        assertTrue(metrics.contains("\nweir_http_connections 2.0\n"), metrics);
    }

    @Test
    void clientWhoseAnswerIsBeingMadeKeepsItsSeat() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch working = workingUntil(release, 2);
        HttpServer server = server(limits(LONG));
        List<RawClient> patient = List.of(client(server), client(server));
        for (RawClient each : patient) {
            each.send("GET /api/v1/status" + GET);
        }
        assertTrue(working.await(10, TimeUnit.SECONDS));

        assertTrue(client(server).isClosedByServer());
        release.countDown();
        for (RawClient each : patient) {
            assertEquals(200, each.answer(true).status());
        }
    }

    @Test
    void whoeverSitsInEverySeatKeepsNobodyOut() throws Exception {
        HttpServer server = server(limits(LONG));
        RawClient silent = client(server);
        RawClient dripping = client(server).send("GET /healthz HTTP/1.1\r\n");
        assertEquals(200, client(server).get("/healthz").status());
        assertEquals(200, client(server).get("/healthz").status());
        assertTrue(silent.isClosedByServer());
        assertTrue(dripping.isCutByServer()); // maybe before it has read the first line
    }

    @Test
    void clientThatHasSaidAllIsAnswered() throws Exception {
        RawClient client = client(server(limits(LONG)));
        client.send("GET /api/v1/status" + GET + "GET /healthz" + GET);
        client.socket.shutdownOutput();

        assertEquals(200, client.answer(true).status());
        assertEquals("alive\n", client.answer(true).body());
        assertTrue(client.isClosedByServer());
    }

    @Test
    void endlessBodyIsReadNoLongerThanPatienceLasts() throws Exception {
        HttpServer server = server(limits(SHORT));
        RawClient client = client(server);
        client.send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        assertEquals(413, client.answer(true).status());
        String chunk = "1000\r\n" + "a".repeat(0x1000) + "\r\n";
        long start = System.nanoTime();
        assertThrows(IOException.class, () -> {
            while (System.nanoTime() - start < LONG.toNanos()) {
                client.send(chunk);
            }
        });
        assertEquals(200, ask(server, "/healthz").status());
    }

    @Test
    void aClosedConnectionMakesRoom() throws Exception {
        HttpServer server = server(limits(LONG));
        RawClient first = client(server);
        assertEquals(200, client(server).get("/healthz").status());
        first.close();

        while (true) { // the server learns of the end a moment later
            try {
                if (client(server).get("/healthz").status() == 200) {
                    return;
                }
            } catch (IOException e) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void silentClientIsClosed() throws Exception {
        assertTrue(client(server(limits(SHORT))).isClosedByServer());
    }

    @Test
    void clientThatDripsItsRequestIsClosed() throws Exception {
        RawClient client = client(server(limits(SHORT)));
        long start = System.nanoTime();
        client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n");
        client.socket.setSoTimeout(50);
        while (true) {
            try {
                client.send("X-A: b\r\n");
                assertTrue(client.isClosedByServer());
                break;
            } catch (SocketTimeoutException e) {
                assertTrue(System.nanoTime() - start < LONG.toNanos(), "still open");
            } catch (SocketException e) {
                break;
            }
        }
    }

    @Test
    void clientThatDoesNotReadIsClosedAndOthersAreServed() throws Exception {
        for (int i = 0; i < 20_000; i++) {
            view.flows.add(SampleView.flow("blue", "10.0.0.2", 80, "192.0.2.7", 20_000 + i, i));
        }
        HttpServer server = server(new HttpLimits(999, SHORT, 4096, 16384, 8, 8, 2, 16384));
        RawClient slow = client(server);
        slow.send("GET /api/v1/flows?limit=10000" + GET);
        assertEquals('H', slow.socket.getInputStream().read());

        String metrics;
        do {
            assertEquals(200, ask(server, "/api/v1/status").status());
            metrics = ask(server, "/metrics").body();
        } while (!metrics.contains("\nweir_http_connections 1.0\n")); // whoever asks
        assertTrue(metrics.contains("\nweir_http_connections_cut_total 0.0\n"), metrics); // there were seats enough
    }

    /// Asks on a connection of its own; on another, where a slow machine made us one that says nothing for
    /// too long.
    private static Answer ask(HttpServer server, String target) {
        while (true) {
            try (RawClient client = new RawClient(server.address())) {
                return client.get(target);
            } catch (IOException e) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void unreadAnswersAreBounded() throws Exception {
        for (int i = 0; i < 10_000; i++) {
            view.flows.add(SampleView.flow("blue", "10.0.0.2", 80, "192.0.2.7", 20_000 + i, i));
        }
        HttpServer server = server(new HttpLimits(2, LONG, 4096, 16384, 8, 8, 2, 6000));
        RawClient slow = client(server);
        slow.send("GET /api/v1/flows?limit=10000" + GET);
        assertEquals('H', slow.socket.getInputStream().read()); // the answer is on its way, and stays there

        Answer other = client(server).get("/api/v1/flows?limit=10000");
        assertEquals(503, other.status());
        assertEquals("1", other.header("retry-after"));
    }

    @Test
    void requestsBeyondTheQueueAreTurnedAway() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch working = workingUntil(release, 2);
        HttpServer server = server(new HttpLimits(9, LONG, 4096, 16384, 8, 1, 2, 6000));
        RawClient first = client(server).send("GET /api/v1/status" + GET);
        client(server).send("GET /api/v1/status" + GET);
        assertTrue(working.await(10, TimeUnit.SECONDS));
        List<RawClient> further = List.of(client(server), client(server));
        for (RawClient each : further) {
            each.send("GET /api/v1/status" + GET);
        }
        while (!further.get(0).hasAnswer() && !further.get(1).hasAnswer()) {
            Thread.onSpinWait();
        }
        // one of the two waits, the other is turned away at once; a probe is answered without waiting
        boolean order = further.get(0).hasAnswer();
        assertEquals(503, further.get(order ? 0 : 1).answer(true).status());
        assertEquals(200, client(server).get("/healthz").status());
        RawClient third = client(server);
        assertEquals(503, third.get("/api/v1/status").status());

        release.countDown();
        assertEquals(200, first.answer(true).status());
        assertEquals(200, further.get(order ? 1 : 0).answer(true).status());
    }

    @Test
    void closedServerAsksTheViewNoMore() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        AtomicBoolean inside = new AtomicBoolean();
        view.status = () -> {
            inside.set(true);
            working.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                inside.set(false);
            }
            return SampleView.status(StatusView.State.ENFORCING);
        };
        HttpServer server = server(limits(LONG));
        RawClient client = client(server).send("GET /api/v1/status" + GET);
        assertTrue(working.await(10, TimeUnit.SECONDS));

        server.close();

        assertFalse(inside.get());
        assertTrue(endsBefore(client, 2));
    }

    @ParameterizedTest
    @CsvSource({
        "'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello', 413",
        "'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n', 413",
        "'GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n', 413",
        "'GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n', 400",
        "'GET / HTTP/2.0\r\nHost: localhost\r\n\r\n', 505",
        "'GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n', 400",
        "'nonsense\r\n\r\n', 400",
        "'\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n', 400",
    })
    void whatIsNotAPlainRequestIsRefused(String text, int status) throws Exception {
        assertEquals(
                status, client(server(limits(LONG))).send(text).answer(true).status());
    }

    @Test
    void longLinesAndHeadersAreRefusedAndTheConnectionEnds() throws Exception {
        HttpServer server = server(limits(LONG));
        RawClient line = client(server).send("GET /" + "a".repeat(5000) + GET);
        assertEquals(414, line.answer(true).status());
        assertTrue(line.isClosedByServer());
        RawClient headers =
                client(server).send("GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + "a".repeat(20_000) + "\r\n\r\n");
        assertEquals(431, headers.answer(true).status());
        assertTrue(headers.isClosedByServer());
    }

    /// Has questions for the status take until `release`.
    ///
    /// @return is down to zero when so many are being answered
    private CountDownLatch workingUntil(CountDownLatch release, int answers) {
        CountDownLatch working = new CountDownLatch(answers);
        view.status = () -> {
            working.countDown();
            awaitUninterrupted(release);
            return SampleView.status(StatusView.State.ENFORCING);
        };
        return working;
    }

    private static void awaitUninterrupted(CountDownLatch release) {
        try {
            assertTrue(release.await(30, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean endsBefore(RawClient client, int answers) {
        try {
            for (int i = 0; i < answers; i++) {
                client.answer(true);
            }
            return false;
        } catch (SocketTimeoutException e) {
            return false; // it goes on, in silence
        } catch (IOException e) {
            return true;
        }
    }

    private HttpServer server(HttpLimits limits) throws Exception {
        HttpServer server = HttpServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), view, limits);
        opened.add(server);
        return server;
    }

    private RawClient client(HttpServer server) throws IOException {
        RawClient client = new RawClient(server.address());
        opened.add(client);
        return client;
    }

    private static HttpLimits limits(Duration patience) {
        return new HttpLimits(2, patience, 4096, 16384, 8, 8, 2, 16384);
    }
}
