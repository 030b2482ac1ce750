// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.http.RawClient.Answer;
import dev.weir.agent.view.SampleView;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebFilesTest {
    private static final Pattern REFERENCE = Pattern.compile("(?:from|href=|src=) ?['\"](?!#)([^'\"]*)['\"]");

    private HttpServer server;
    private RawClient client;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), new SampleView());
        client = new RawClient(server.address());
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/, text/html; charset=utf-8",
        "/web/main.js, text/javascript; charset=utf-8",
        "/web/weir.css, text/css; charset=utf-8",
        "/web/icon.svg, image/svg+xml",
    })
    void filesSayWhatTheyAreAndWhatTheyMay(String path, String type) throws Exception {
        Answer answer = client.get(path);

        assertEquals(200, answer.status());
        assertEquals(type, answer.header("content-type"));
        assertEquals(
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
                        + " frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
                answer.header("content-security-policy"));
        assertEquals("nosniff", answer.header("x-content-type-options"));
        assertEquals("no-referrer", answer.header("referrer-policy"));
        assertEquals("no-cache", answer.header("cache-control"));
    }

    @Test
    void whoHasAFileAlreadyIsToldSo() throws Exception {
        String tag = client.get("/").header("etag");

        for (String known : List.of(tag, "W/" + tag, "\"other\", " + tag, "*")) {
            Answer answer = asking("GET", "/", known).answer(false);
            assertEquals(304, answer.status(), known);
            assertEquals(tag, answer.header("etag"));
            assertFalse(answer.headers().containsKey("content-length"));
        }
        assertEquals(200, asking("GET", "/", "\"other\"").answer(true).status());
        assertEquals(304, asking("HEAD", "/", tag).answer(false).status());
        assertNotEquals(tag, client.get("/web/weir.css").header("etag"));
        assertEquals("alive\n", client.get("/healthz").body()); // nothing of a body was in between
    }

    @Test
    void headHasTheLengthOfTheFile() throws Exception {
        Answer get = client.get("/web/weir.css");
        Answer head = client.send("HEAD /web/weir.css HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .answer(false);

        assertEquals(get.headers(), head.headers());
        assertTrue(get.body().length() > 1000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/web",
                "/web/",
                "/web/index.html",
                "/index.html",
                "/web/../http/Routes.class",
                "/web/%2e%2e/http/Routes.class",
                "/web//weir.css",
                "/web/weir.css/",
                "/web/WEIR.CSS",
                "/dev/weir/agent/web/weir.css",
            })
    void noOtherPathLeadsToAFile(String path) throws Exception {
        assertEquals(404, client.get(path).status());
    }

    @Test
    void everyFileOfTheDirectoryIsServed() throws Exception {
        URI directory = Objects.requireNonNull(WebFiles.class.getResource("/dev/weir/agent/web"))
                .toURI();
        try (Stream<Path> files = Files.list(Path.of(directory))) {
            assertEquals(
                    WebFiles.NAMES.stream().sorted().toList(),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void filesAskForNothingThatIsNotServedHere() throws Exception {
        for (String name : WebFiles.NAMES) {
            boolean isPage = name.equals("index.html");
            String body = client.get(isPage ? "/" : "/web/" + name).body();
            assertFalse(body.replace("http://www.w3.org/2000/svg", "").contains("http"), name);
            Matcher reference = REFERENCE.matcher(body);
            while (reference.find()) {
                String target = reference.group(1).replaceFirst("^\\./", "/web/");
                String path = target.startsWith("/") ? target : "/" + target;
                assertEquals(200, client.get(path).status(), name + ": " + reference.group());
            }
        }
    }

    private RawClient asking(String method, String path, String known) throws Exception {
        return client.send(
                "%s %s HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: %s\r\n\r\n".formatted(method, path, known));
    }
}
