// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.http.HttpServer;
import dev.weir.agent.secret.Openssl;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How commands ask an agent that asks for something itself.
@Timeout(120)
class AccessCommandTest extends CommandTest {
    private static final String WHY = "weir: ask the agent at ";

    private Path home; // short enough for a socket
    private Openssl secrets;

    @BeforeEach
    void make() throws IOException {
        home = Files.createTempDirectory(Path.of("/tmp"), "weir");
        secrets = Openssl.in(home);
    }

    @AfterEach
    void remove() throws IOException {
        try (Stream<Path> all = Files.walk(home)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    @Test
    void tlsAndTokenAreThoseOfTheConfiguration() throws Exception {
        try (HttpServer server = serve("listen: 127.0.0.1:0\n" + secrets.yaml())) {
            int port = server.address().getPort();
            configure("listen: 127.0.0.1:" + port + "\n" + secrets.yaml());
            assertOk("status");
            assertOk("status", "--agent", "127.0.0.1:" + port);
            assertOk("status", "--agent", "https://127.0.0.1:" + port + "/");
            assertOk("flows");
            assertFailure("status --agent http://127.0.0.1:" + port, 1, "it answers 400: this port speaks TLS");

            configure("tls: {certificate: " + secrets.certificate() + "}\n");
            assertFailure(
                    "status --agent 127.0.0.1:" + port, 1, "it answers 401: this agent answers who shows its token");
            configure("token-file: " + secrets.token());
            assertFailure("status --agent https://127.0.0.1:" + port, 2, "as `tls.certificate` in the configuration");
            assertFailure("status --agent 192.0.2.1:" + port, 2, "it is asked through TLS and with a token");
        }
    }

    @Test
    void onlyThePinnedCertificateIsTrusted() throws Exception {
        try (HttpServer server = serve("listen: 127.0.0.1:0\n" + secrets.yaml())) {
            configure("listen: 127.0.0.1:" + server.address().getPort() + "\n" + secrets.yaml());
            assertOk("status");
            secrets.certify(); // two looks of a second are before the server shows it
            Path imposter = Files.copy(secrets.certificate(), home.resolve("other.crt"));
            configure("listen: 127.0.0.1:%d\n%s"
                    .formatted(
                            server.address().getPort(),
                            secrets.yaml().replace(secrets.certificate().toString(), imposter.toString())));
            secrets.certify();
            assertFailure("status", 1, "the agent shows neither the certificate in " + imposter);
        }
    }

    @Test
    void whatThePinnedCertificateSignedForThisAddressIsTrusted() throws Exception {
        for (String name : new String[] {"127.0.0.1", "192.0.2.1"}) {
            Path authority = home.resolve("ca.crt");
            Openssl.run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=ca -keyout "
                    + home.resolve("ca.key") + " -out " + authority);
            Openssl.run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=weir"
                    + " -addext basicConstraints=CA:FALSE -addext subjectAltName=IP:" + name + " -CA " + authority
                    + " -CAkey " + home.resolve("ca.key") + " -keyout " + secrets.key() + " -out "
                    + secrets.certificate());
            try (HttpServer server = serve("listen: 0.0.0.0:0\n" + secrets.yaml())) {
                configure("listen: 0.0.0.0:%d\n%s"
                        .formatted(
                                server.address().getPort(),
                                secrets.yaml().replace(secrets.certificate().toString(), authority.toString())));
                if (name.equals("127.0.0.1")) {
                    assertOk("status"); // it is asked there
                } else {
                    assertFailure("status", 1, "nor one that it signed for this address");
                }
                configure("listen: 0.0.0.0:" + server.address().getPort() + "\n" + secrets.yaml());
                assertOk("status"); // the very same
            }
        }
    }

    @Test
    void secretsThatCannotBeReadAreTold() throws Exception {
        try (HttpServer server = serve("listen: 127.0.0.1:0\ntoken-file: " + secrets.token())) {
            configure("listen: 127.0.0.1:%d\ntoken-file: %s"
                    .formatted(server.address().getPort(), secrets.token()));
            assertOk("status");
            Openssl.permit(secrets.token(), "rw-r--r--");
            assertFailure("status", 1, "chmod 600");
            Files.delete(secrets.token());
            assertFailure("status", 1, "read the token " + secrets.token() + ": it does not exist");
        }
    }

    @Test
    void unixSocketIsAskedToo() throws Exception {
        Path socket = home.resolve("weir.sock");
        configure("listen: unix:" + socket + "\nbpffs: /run/pins\n");
        Outcome nobody = weir("status", "--config", config.toString());
        assertTrue(nobody.err().contains("no agent runs at unix:" + socket), nobody.err());
        assertFailure("status --agent unix:" + socket, 1, "there is no such socket; is it running?");

        try (HttpServer server = serve("listen: unix:" + socket)) {
            assertEquals("unix:" + socket, server.url());
            assertOk("status");
            assertOk("flows", "--agent", "unix:" + socket);
        }
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(socket))
                .close();
        assertFailure("status --agent unix:" + socket, 1, "Connection refused; is it running?");
    }

    private HttpServer serve(String yaml) throws Exception {
        Path file = Files.writeString(home.resolve("server.yaml"), yaml);
        return HttpServer.start(ConfigFile.load(file), view);
    }

    private void configure(String yaml) throws IOException {
        Files.writeString(config, yaml);
    }

    private void assertOk(String verb, String... more) {
        String[] arguments = Stream.concat(Stream.of(verb, "--config", config.toString()), Stream.of(more))
                .toArray(String[]::new);
        Outcome outcome = weir(arguments);
        assertEquals("", outcome.err());
        assertEquals(ExitCode.OK, outcome.code());
        assertTrue(outcome.out().contains("blue"), outcome.out());
    }

    private void assertFailure(String line, int code, String why) {
        Outcome outcome = weir((line + " --config " + config).split(" "));
        assertEquals(code, outcome.code().number(), outcome.err());
        assertTrue(outcome.err().startsWith(WHY) && outcome.err().contains(why), outcome.err());
    }
}
