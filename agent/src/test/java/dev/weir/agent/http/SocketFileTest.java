// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.view.SampleView;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A server on a Unix socket.
@Timeout(60)
class SocketFileTest {
    private Path directory; // short enough for a socket, which that of a build may not be
    private Path path;

    @BeforeEach
    void make() throws IOException {
        directory = Files.createTempDirectory(Path.of("/tmp"), "weir");
        path = directory.resolve("run/weir.sock");
    }

    @AfterEach
    void remove() throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    @Test
    void onlyItsOwnerMayAskAndItGoesWithTheServer() throws Exception {
        try (HttpServer server = serve()) {
            assertEquals("unix:" + path, server.url());
            assertEquals("rw-------", permissions(path));
            assertEquals("rwx------", permissions(directory.resolve("run")));
            assertEquals(List.of(path), beside());
            assertTrue(get("/healthz", "weir.example").endsWith("\r\n\r\nalive\n"));
            assertTrue(get("/metrics", "localhost").contains("\nweir_http_connections 1.0\n"));
        }
        assertEquals(List.of(), beside());
    }

    @Test
    void socketIsNeverOpenToOthers() throws Exception {
        Path workshop = path.resolveSibling("weir.sock.new");
        SocketFile file = SocketFile.at(path);
        assertEquals("rwx------", permissions(workshop));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(file.draft());
            Files.setPosixFilePermissions(file.draft().getPath(), PosixFilePermissions.fromString("rwxrwxrwx"));
            assertFalse(Files.exists(path, LinkOption.NOFOLLOW_LINKS));
            file.publish();
            assertEquals("rw-------", permissions(path));
        }
        file.remove();
        assertEquals(List.of(), beside());
    }

    @Test
    void socketThatAKilledServerLeftIsReplaced() throws Exception {
        Path workshop = path.resolveSibling("weir.sock.new");
        Files.createDirectory(directory.resolve("run"));
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(path))
                .close();
        Files.createDirectory(
                workshop, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(workshop.resolve("s")))
                .close();
        try (HttpServer server = serve()) {
            assertTrue(get("/healthz", "localhost").endsWith("alive\n"), server.url());
            assertEquals(List.of(path), beside());
        }
        assertEquals(List.of(), beside());
    }

    @Test
    void socketOnWhichSomebodyAnswersIsLeftAlone() throws Exception {
        try (HttpServer first = serve()) {
            assertEquals(
                    "listen on unix:" + path
                            + ": somebody listens there; is another agent running? Else choose another path",
                    whyNot());
            assertTrue(get("/healthz", "localhost").endsWith("alive\n"), first.url());
            assertEquals(List.of(path), beside());
        }
    }

    @Test
    void whatIsNoSocketIsLeftAlone() throws Exception {
        Files.createDirectory(directory.resolve("run"));
        Path target = Files.writeString(directory.resolve("target"), "mine");
        Files.writeString(path, "mine");
        assertTrue(whyNot().contains("something else at this path, which is left alone"));
        assertEquals("mine", Files.readString(path));

        Files.delete(path);
        Files.createSymbolicLink(path, target);
        assertTrue(whyNot().contains("something else at this path, which is left alone"));
        assertTrue(Files.isSymbolicLink(path));

        Files.delete(path);
        Files.createDirectory(path);
        assertTrue(whyNot().contains("something else at this path, which is left alone"));

        Files.delete(path);
        Path squatted = Files.createDirectory(path.resolveSibling("weir.sock.new"));
        Files.setPosixFilePermissions(squatted, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertTrue(whyNot().contains("weir.sock.new is there, and was not made by an agent"));
        assertTrue(Files.exists(squatted));
    }

    @Test
    void whatCameInItsPlaceStaysWhenTheServerEnds() throws Exception {
        try (HttpServer server = serve()) {
            Files.delete(path);
            Files.writeString(path, server.url());
        }
        assertEquals("unix:" + path, Files.readString(path));
    }

    private HttpServer serve() throws ListenException {
        return HttpServer.start(UnixDomainSocketAddress.of(path), new SampleView());
    }

    private String whyNot() {
        return String.valueOf(assertThrows(ListenException.class, this::serve).getMessage());
    }

    private List<Path> beside() throws IOException {
        try (Stream<Path> all = Files.list(directory.resolve("run"))) {
            return all.toList();
        }
    }

    private String get(String target, String host) throws IOException {
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            String request = "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
            client.write(ByteBuffer.wrap(request.getBytes(US_ASCII)));
            return new String(Channels.newInputStream(client).readAllBytes(), US_ASCII);
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
    }
}
