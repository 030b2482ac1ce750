// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.Await;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.http.RawClient.Answer;
import dev.weir.agent.secret.Openssl;
import dev.weir.agent.view.SampleView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// TLS and the token.
@Timeout(180)
class AccessTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    private Openssl secrets;
    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeEach
    void make() {
        secrets = Openssl.in(directory);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    @Test
    void withoutTheTokenOnlyPageAndHealthAreServed() throws Exception {
        HttpServer server = serve(secrets.config(false, true));
        RawClient client = plain(server);

        for (String path :
                List.of("/metrics", "/readyz", "/api/v1/", "/api/v1/status", "/api/v1/events/stream", "/none")) {
            Answer answer = client.get(path);
            assertEquals(401, answer.status(), path);
            assertEquals("Bearer realm=\"weir\"", answer.header("www-authenticate"));
            assertEquals("application/problem+json", answer.header("content-type"));
        }
        for (String path : List.of("/", "/web/main.js", "/healthz")) {
            assertEquals(200, client.get(path).status(), path);
        }
        assertEquals(6, metric(client, "weir_http_unauthorized_total"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"%s0", "Bearer", "%.40s", "Token %s", "%s\r\nAuthorization: %s", "Basic d2VpcjpwYXNz", ""})
    void wrongTokenIsRefused(String form) throws Exception {
        RawClient client = plain(serve(secrets.config(false, true)));
        String right = secrets.credentials();

        assertEquals(
                401,
                ask(
                                client,
                                "/metrics",
                                form.replace("%s\r", right + "\r")
                                        .replace("%s", right)
                                        .replace("%.40s", right.substring(0, 40)))
                        .status());
        assertEquals(200, ask(client, "/metrics", right).status());
    }

    @Test
    void tokenMakesUpForTheNameOfTheHost() throws Exception {
        String foreign = "GET /api/v1/status HTTP/1.1\r\nHost: weir.example\r\n";
        RawClient client = plain(serve(secrets.config(false, true)));

        assertEquals(401, client.send(foreign + "\r\n").answer(true).status());
        assertEquals(
                200,
                client.send(foreign + "Authorization: " + secrets.credentials() + "\r\n\r\n")
                        .answer(true)
                        .status());
    }

    @Test
    void newTokenIsTakenAndABadOneIsNot() throws Exception {
        RawClient client = plain(serve(secrets.config(false, true)));
        String old = secrets.credentials();
        secrets.retoken();
        String renewed = secrets.credentials();
        Await.within(PATIENCE, "the new token is in use", () -> "", () -> answers(client, renewed));
        assertFalse(answers(client, old));

        Files.writeString(secrets.token(), "too short");
        awaitRefused(client, renewed, 1);
        Files.delete(secrets.token());
        assertTrue(answers(client, renewed));
        secrets.retoken();
        String last = secrets.credentials();
        Await.within(PATIENCE, "the last token is in use", () -> "", () -> answers(client, last));
        awaitRefused(client, last, 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void everyAnswerComesThroughTls(String version) throws Exception {
        HttpServer server = serve(secrets.config(true, true));
        RawClient client = tls(server, secrets.trust(), version);

        assertEquals("https://127.0.0.1:" + server.address().getPort(), server.url());
        assertEquals(version, ((SSLSocket) client.socket).getSession().getProtocol());
        for (int i = 0; i < 3; i++) {
            Answer page = ask(client, "/web/weir.css", secrets.credentials());
            assertEquals(
                    Integer.parseInt(page.header("content-length")), page.body().getBytes(UTF_8).length);
            assertEquals(200, ask(client, "/metrics", secrets.credentials()).status());
        }
        assertEquals(401, client.get("/metrics").status());
        client.send("GET /healthz HTTP/1.0\r\n\r\n");
        assertEquals("alive\n", client.answer(true).body());
        assertTrue(client.isClosedByServer()); // with an end that nobody else can have made, or this throws
    }

    @Test
    void olderTlsIsRefusedAndCounted() throws Exception {
        HttpServer server = serve(secrets.config(true, false));
        RawClient client = tls(server, secrets.trust(), "TLSv1.3");
        assertEquals(0, metric(client, "weir_http_handshakes_failed_total"));

        SSLContext nobody = SSLContext.getInstance("TLS");
        nobody.init(null, null, null);
        assertThrows(SSLException.class, () -> tls(server, nobody, "TLSv1.3")); // who does not know the certificate
        RawClient old = plain(server);
        old.send("\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0003"); // a hello that is none
        assertTrue(old.isDropped());
        Await.within(PATIENCE, "both are counted", () -> "", () -> failed(client) == 2);
    }

    @Test
    void newCertificateIsShownOnceItsKeyHasCome() throws Exception {
        HttpServer server = serve(secrets.config(true, false));
        RawClient before = tls(server, secrets.trust(), "TLSv1.3");
        SSLContext first = secrets.trust();
        byte[] key = Files.readAllBytes(secrets.key());
        secrets.certify();
        byte[] renewed = Files.readAllBytes(secrets.key());
        Files.write(secrets.key(), key);
        Await.within(PATIENCE, "the pair is refused", () -> "", () -> refused(before) == 1);
        assertEquals(200, tls(server, first, "TLSv1.3").get("/healthz").status());

        Files.write(secrets.key(), renewed);
        SSLContext second = secrets.trust();
        Await.within(PATIENCE, "the new one is shown", () -> "", () -> isShown(server, second));
        assertFalse(isShown(server, first));
        assertEquals(200, before.get("/healthz").status());
        Await.within(PATIENCE, "all is well", () -> "", () -> refused(before) == 0);
    }

    @Test
    void plainHttpIsToldToComeThroughTls() throws Exception {
        RawClient client = plain(serve(secrets.config(true, false)));
        Answer answer = client.get("/healthz");

        assertEquals(400, answer.status());
        assertTrue(answer.body().contains("ask with https://"), answer.body());
        assertTrue(client.isDropped());
    }

    @Test
    void handshakeHasAnEnd() throws Exception {
        HttpServer server = serve(secrets.config(true, false), Duration.ofMillis(300));
        RawClient silent = plain(server);
        RawClient stalled = plain(server).send("\u0016\u0003\u0001\u0002\u0000\u0001"); // and no more of its hello

        assertTrue(silent.isDropped());
        assertTrue(stalled.isDropped());
    }

    @Test
    void handshakesThatStallGiveWay() throws Exception {
        HttpServer server = serve(secrets.config(true, false));
        List<RawClient> stalled = new ArrayList<>();
        for (int i = 0; i < 20; i++) { // more than there are seats, and room at the door
            stalled.add(plain(server).send("\u0016\u0003\u0001\u0002\u0000\u0001"));
        }

        SSLContext trust = secrets.trust();
        Await.within(PATIENCE, "another one is served", () -> "", () -> isShown(server, trust));
        stalled.getFirst().socket.setSoTimeout((int) PATIENCE.toMillis());
        assertTrue(stalled.getFirst().isDropped());
    }

    @Test
    void endlessHandshakeIsCut() throws Exception {
        HttpServer server = serve(secrets.config(true, false));
        RawClient flood = plain(server);

        assertThrows(IOException.class, () -> {
            while (true) { // records of a handshake message that never ends
                flood.send("\u0016\u0003\u0003@\u0000\u0001\u00ff\u00ff\u00ff" + "\0".repeat(16381));
            }
        });
        assertEquals(
                200, tls(server, secrets.trust(), "TLSv1.3").get("/healthz").status());
    }

    @Test
    void streamsGoThroughTlsAndAreCounted() throws Exception {
        HttpServer server = serve(secrets.config(true, false));
        RawClient client = tls(server, secrets.trust(), "TLSv1.3");
        assertEquals(0, metric(client, "weir_http_streams"));

        RawClient stream = tls(server, secrets.trust(), "TLSv1.3");
        stream.send("GET /api/v1/flows/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertEquals("text/event-stream", stream.answer(false).header("content-type"));
        assertEquals(1, metric(client, "weir_http_streams"));
        stream.close();
        Await.within(PATIENCE, "it has ended", () -> "", () -> metric(client, "weir_http_streams") == 0);
    }

    @ParameterizedTest
    @CsvSource({
        "tls.key, rw-r--r--, run: chmod 600",
        "token, rw-r--r--, run: chmod 600",
        "tls.crt, r--------, ''",
    })
    void openFilesKeepTheServerFromStarting(String name, String permissions, String why) {
        Openssl.permit(directory.resolve(name), permissions);
        if (why.isEmpty()) {
            assertEquals("https", serve(secrets.config(true, true)).url().substring(0, 5));
        } else {
            String message = String.valueOf(assertThrows(
                            ListenException.class, () -> HttpServer.start(secrets.config(true, true), new SampleView()))
                    .getMessage());
            assertTrue(message.contains(directory.resolve(name) + ": ") && message.contains(why), message);
        }
    }

    @Test
    void othersAreServedWithTlsAndTokenOnly() {
        InetSocketAddress anywhere = new InetSocketAddress("0.0.0.0", 0);
        for (WeirConfig config : List.of(secrets.config(true, false), secrets.config(false, true))) {
            ListenException refused = assertThrows(
                    ListenException.class, () -> HttpServer.start(config.withListen(anywhere), new SampleView()));
            assertTrue(String.valueOf(refused.getMessage()).contains("needs TLS and a token: add `t"));
        }
        HttpServer server = serve(secrets.config(true, true).withListen(anywhere));
        assertEquals("https://0.0.0.0:" + server.address().getPort(), server.url());
    }

    private HttpServer serve(WeirConfig config) {
        return serve(config, LONG);
    }

    private HttpServer serve(WeirConfig config, Duration patience) {
        try {
            HttpLimits limits = new HttpLimits(4, patience, 4096, 16384, 8, 64, 2, 16384);
            HttpServer server = HttpServer.start(config, new SampleView(), limits);
            opened.add(server);
            return server;
        } catch (ListenException e) {
            throw new AssertionError(e);
        }
    }

    private RawClient plain(HttpServer server) throws IOException {
        RawClient client = new RawClient(server.address());
        opened.add(client);
        return client;
    }

    private RawClient tls(HttpServer server, SSLContext context, String version) throws IOException {
        RawClient plain = plain(server);
        SSLSocket socket = (SSLSocket)
                context.getSocketFactory().createSocket(plain.socket, "localhost", plain.socket.getPort(), true);
        socket.setEnabledProtocols(new String[] {version});
        socket.startHandshake();
        RawClient client = new RawClient(socket);
        opened.add(client);
        return client;
    }

    private boolean isShown(HttpServer server, SSLContext context) {
        try (RawClient client = tls(server, context, "TLSv1.3")) {
            return client.get("/healthz").status() == 200;
        } catch (IOException e) {
            return false; // it is not trusted, or gave way
        }
    }

    private static Answer ask(RawClient client, String path, String credentials) throws IOException {
        String shown = credentials.isEmpty() ? "" : "Authorization: " + credentials + "\r\n";
        return client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + shown + "\r\n")
                .answer(true);
    }

    private static boolean answers(RawClient client, String credentials) {
        try {
            return ask(client, "/api/v1/status", credentials).status() == 200;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitRefused(RawClient client, String credentials, int count) {
        Await.within(
                PATIENCE,
                count + " are refused",
                () -> "",
                () -> metric(client, credentials, "weir_http_credentials_refused") == count);
    }

    private double refused(RawClient client) {
        return metric(client, "weir_http_credentials_refused");
    }

    private double failed(RawClient client) {
        return metric(client, "weir_http_handshakes_failed_total");
    }

    private double metric(RawClient client, String name) {
        return metric(client, secrets.credentials(), name);
    }

    private static double metric(RawClient client, String credentials, String name) {
        try {
            String metrics = ask(client, "/metrics", credentials).body();
            return metrics.lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .findAny()
                    .orElseThrow(() -> new AssertionError(name + " is not in " + metrics));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
