// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.http.RawClient.Answer;
import dev.weir.agent.view.FlowPage;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.PeerPage;
import dev.weir.agent.view.PoliciesView;
import dev.weir.agent.view.SampleView;
import dev.weir.agent.view.StatusView;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpServerTest {
    private final SampleView view = new SampleView();
    private HttpServer server;
    private RawClient client;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), view);
        client = new RawClient(server.address());
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        server.close();
    }

    @Test
    void everyViewIsServedAsJsonOnOneConnection() throws Exception {
        assertEquals(view.status(), Json.read(json("/api/v1/status"), StatusView.class));
        assertEquals(
                view.namespaces(),
                Json.read(json("/api/v1/namespaces"), NamespaceView.Listing.class)
                        .namespaces());
        assertEquals(view.policies(), Json.read(json("/api/v1/policies"), PoliciesView.class));
        assertEquals(3, Json.read(json("/api/v1/flows"), FlowPage.class).flows().size());
    }

    @Test
    void policiesOfOneNamespaceAreAskedForByItsName() throws Exception {
        assertEquals(view.policies(), Json.read(json("/api/v1/policies?namespace=blue"), PoliciesView.class));
        assertEquals(
                List.of(),
                Json.read(json("/api/v1/policies?namespace=red"), PoliciesView.class)
                        .policies());
        assertEquals(400, client.get("/api/v1/policies?name=blue").status());
    }

    @Test
    void flowsAreFilteredSortedAndPaged() throws Exception {
        FlowPage first = Json.read(json("/api/v1/flows?namespace=b*&service=tcp&limit=1"), FlowPage.class);
        FlowPage second = Json.read(
                json("/api/v1/flows?namespace=b*&service=tcp&limit=1&cursor=" + first.nextCursor()), FlowPage.class);

        assertEquals(view.flows.get(0), first.flows().getFirst());
        assertEquals(view.flows.get(1), second.flows().getFirst());
        assertNull(second.nextCursor());
        assertEquals(
                1,
                Json.read(json("/api/v1/flows?peer=2001:db8::%2F32"), FlowPage.class)
                        .matched());
    }

    @Test
    void tableIsPagedAsItStands() throws Exception {
        List<FlowView> seen = new ArrayList<>();
        String cursor = "";
        do {
            FlowPage page = Json.read(json("/api/v1/flows?sort=none&limit=2" + cursor), FlowPage.class);
            assertTrue(page.flows().size() <= 2);
            assertEquals(page.flows().size(), page.scanned());
            seen.addAll(page.flows());
            cursor = page.nextCursor() == null ? "" : "&cursor=" + page.nextCursor();
        } while (!cursor.isEmpty());

        assertEquals(view.flows, seen);
        assertEquals(
                400,
                client.get("/api/v1/flows?sort=none&cursor=" + "9".repeat(9)).status());
        assertEquals(400, client.get("/api/v1/flows?sort=bytes&limit=0").status());
    }

    @Test
    void wholeTableIsOnePageThatIsWrittenAsItIsRead() throws Exception {
        for (int i = 0; i < 5000; i++) {
            view.flows.add(SampleView.flow("green", "10.0.0.4", 1 + i, "192.0.2.7", 40000, i));
        }
        for (String filter : List.of("", "&namespace=blue", "&not-namespace=*")) {
            HttpURLConnection connection = (HttpURLConnection) URI.create("http://localhost:"
                            + server.address().getPort() + "/api/v1/flows?sort=none&limit=0" + filter)
                    .toURL()
                    .openConnection();
            FlowPage page;
            try (InputStream body = connection.getInputStream()) {
                page = Json.read(body.readAllBytes(), FlowPage.class);
            }
            assertEquals("chunked", connection.getHeaderField("transfer-encoding"));
            assertEquals(5003, page.scanned());
            assertEquals(filter.isEmpty() ? view.flows.size() : filter.contains("blue") ? 2 : 0, page.matched());
            assertEquals(page.matched(), page.flows().size());
            assertNull(page.nextCursor());
        }
    }

    @Test
    void peersComeLargestFirst() throws Exception {
        assertEquals("""
                {"countedAt":"2026-01-02T03:04:05Z","matched":3,"peers":[\
                {"namespace":"blue","peer":"red","kind":"namespace","bytesEgress":700,"bytesIngress":80},\
                {"namespace":"blue","peer":"world","kind":"world","bytesEgress":300,"bytesIngress":0}]}""", client.get("/api/v1/peers?limit=2").body());
        assertEquals(
                0,
                Json.read(json("/api/v1/peers?namespace=red"), PeerPage.class).matched());
        assertEquals(400, client.get("/api/v1/peers?limit=0").status());
    }

    @Test
    void metricsComeInTheFormThatIsAccepted() throws Exception {
        Answer plain = client.get("/metrics");
        Answer open = client.send(
                        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: application/openmetrics-text\r\n\r\n")
                .answer(true);

        assertTrue(plain.body().contains("weir_policy_generation 3\n"), plain.body());
        assertEquals("text/plain; version=0.0.4; charset=utf-8", plain.header("content-type"));
        assertTrue(open.body().endsWith("# EOF\n"), open.body());
        assertTrue(open.header("content-type").startsWith("application/openmetrics-text"), open.header("content-type"));
    }

    @Test
    void readinessTellsWhatIsEnforced() throws Exception {
        Answer newest = client.get("/readyz");
        assertEquals(200, newest.status());
        assertEquals("application/json", newest.header("content-type"));
        assertEquals("""
                {"state":"enforcing","generation":3,"why":[]}""", newest.body());

        view.status = () -> SampleView.status(StatusView.State.ENFORCING_OLDER, SampleView.ATTACHED);
        Answer older = client.get("/readyz");
        assertEquals(200, older.status());
        assertEquals("""
                {"state":"enforcing-older","generation":3,"why":["web.yaml:3:5: unknown key"]}""", older.body());

        view.status = () -> SampleView.status(StatusView.State.NOT_ENFORCING, SampleView.ATTACHED, SampleView.DETACHED);
        Answer missing = client.get("/readyz");
        assertEquals(503, missing.status());
        assertEquals("application/problem+json", missing.header("content-type"));
        assertEquals("""
                {"type":"about:blank","title":"Service Unavailable","status":503,\
                "detail":"not every selected device is enforced","state":"not-enforcing","generation":3,\
                "why":["device veth-red (ifindex 9, vantage host) of namespace red is not enforced: \
                attach weir_tcx_in: EPERM","web.yaml:3:5: unknown key"]}""", missing.body());
        assertEquals("alive\n", client.get("/healthz").body());
    }

    @Test
    void indexNamesEveryPath() throws Exception {
        String index = client.get("/api/v1/").body();

        for (String path : new String[] {"/metrics", "/healthz", "/readyz", "/api/v1/status", "/api/v1/flows"}) {
            assertTrue(index.contains(path), index);
            assertEquals(200, client.get(path).status(), path);
        }
    }

    @Test
    void answersAreNotKeptGuessedOrShared() throws Exception {
        Answer answer = client.get("/api/v1/status");

        assertEquals("no-store", answer.header("cache-control"));
        assertEquals("nosniff", answer.header("x-content-type-options"));
        assertTrue(answer.headers().keySet().stream().noneMatch(name -> name.startsWith("access-control")));
    }

    @Test
    void headHasTheHeadersOfGetAndNoBody() throws Exception {
        Answer get = client.get("/api/v1/status");
        Answer head = client.send("HEAD /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .answer(false);

        assertEquals(get.headers(), head.headers());
        assertEquals(200, client.get("/healthz").status()); // nothing of a body was in between
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"})
    void otherMethodsAreNotAllowed(String method) throws Exception {
        Answer answer = client.send(method + " /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .answer(true);

        assertEquals(405, answer.status());
        assertEquals("GET, HEAD", answer.header("allow"));
        assertEquals("application/problem+json", answer.header("content-type"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nothing", "/api/v1", "/api/v1/status/", "/%68ealthz", "//", "/../etc/passwd"})
    void otherPathsAreNotFound(String path) throws Exception {
        Answer answer = client.get(path);

        assertEquals(404, answer.status());
        assertEquals("application/problem+json", answer.header("content-type"));
    }

    @ParameterizedTest
    @CsvSource({
        "limit=0, limit: '0' is not a number from 1 to 10000",
        "sort=size, 'sort: ''size'' is not one of [bytes, packets, age, recent, none]'",
        "colour=red, unknown parameter 'colour'",
        "limit=1&limit=2, 'limit: given 2 times, expected once'",
        "namespace=%zz, percent-encoded",
        "peer=10.0.0.0/33, the prefix of '10.0.0.0/33' is not a number from 0 to 32",
    })
    void badQueryIsExplained(String query, String reason) throws Exception {
        Answer answer = client.get("/api/v1/flows?" + query);

        assertEquals(400, answer.status());
        assertTrue(answer.body().contains(reason), answer.body());
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "LocalHost:9876, 200",
        "127.0.0.1:9876, 200",
        "127.9.9.9, 200",
        "[::1]:9876, 200",
        "[::1], 200",
        "weir.example, 421",
        "localhost.evil.example, 421",
        "127.0.0.1.evil.example, 421",
        "192.0.2.1, 421",
        "[2001:db8::1], 421",
        "localhost:80:80, 421",
        "'', 421",
        "[, 421",
        "'[]', 421",
    })
    void onlyLocalNamesAreAnswered(String host, int status) throws Exception {
        Answer answer = client.send("GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                .answer(true);

        assertEquals(status, answer.status());
    }

    @Test
    void oneHostIsExpected() throws Exception {
        assertEquals(400, client.send("GET / HTTP/1.1\r\n\r\n").answer(true).status());
        assertEquals(
                400,
                client.send("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n")
                        .answer(true)
                        .status());
    }

    @Test
    void olderClientGetsItsAnswerAndTheEnd() throws Exception {
        Answer answer = client.send("GET /healthz HTTP/1.0\r\n\r\n").answer(true);

        assertEquals("alive\n", answer.body());
        assertEquals("close", answer.header("connection"));
        assertTrue(client.isClosedByServer());
    }

    @Test
    void faultInsideIsNotShownToTheClient() throws Exception {
        view.status = () -> {
            throw new IllegalStateException("secret");
        };

        Answer answer = client.get("/api/v1/status");
        assertEquals(500, answer.status());
        assertFalse(answer.body().contains("secret"), answer.body());
        assertEquals(200, client.get("/healthz").status());
    }

    @Test
    void takenPortIsNamed() {
        ListenException refused = assertThrows(ListenException.class, () -> HttpServer.start(server.address(), view));

        assertEquals(
                "listen on 127.0.0.1:" + server.address().getPort()
                        + ": Address already in use; is another agent running? Else choose another address with --listen",
                refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "192.0.2.1", "::"})
    void addressesThatOthersReachAreRefused(String address) {
        ListenException refused =
                assertThrows(ListenException.class, () -> HttpServer.start(new InetSocketAddress(address, 0), view));

        assertTrue(String.valueOf(refused.getMessage()).contains("needs TLS and a token"), refused.getMessage());
    }

    private byte[] json(String target) throws Exception {
        Answer answer = client.get(target);
        assertEquals(200, answer.status(), answer.body());
        assertEquals("application/json", answer.header("content-type"));
        return answer.body().getBytes(UTF_8);
    }
}
