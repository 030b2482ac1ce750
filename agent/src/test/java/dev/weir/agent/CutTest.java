// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.agent.lab.Probe;
import dev.weir.agent.view.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What both ends of a live connection see when a policy change cuts it.
class CutTest extends HostTest {
    private static final String BLUE = "10.10.0.3";
    private static final int PATIENCE_MILLIS = 10_000;

    private LocalAgent agent;
    private ServerSocket server;

    @BeforeEach
    void build() {
        redBlueAndGreen();
        server = Inside.call("blue", () -> new ServerSocket(80, 8, InetAddress.ofLiteral(BLUE)));
        agent = LocalAgent.start(config());
    }

    @AfterEach
    void stop() throws IOException {
        agent.close();
        server.close();
    }

    /// What hosts say of themselves and the groups they are in passes; else it might be counted beside what is tried.
    private static String policy(String namespaces, String onChange, String verdict) {
        return """
                policy: both
                applies-to: {namespaces: [%s]}
                on-change: %s
                ingress: {default: %s, rules: [{allow: [icmpv6, proto/2]}]}
                egress: {default: %s, rules: [{allow: [icmpv6, proto/2]}]}
                """.formatted(namespaces, onChange, verdict, verdict);
    }

    private void enforce(String policy) {
        save("both.yaml", policy);
        agent.awaitReload();
    }

    /// Both ends of one connection.
    private record Ends(Socket client, Socket server) implements AutoCloseable {
        static Ends open(ServerSocket listening, String from) throws IOException {
            Socket client = Probe.connect(from, BLUE, 80, PATIENCE_MILLIS);
            Socket server = listening.accept();
            client.getOutputStream().write(1);
            assertEquals(1, server.getInputStream().read());
            return new Ends(client, server);
        }

        Socket end(String name) {
            return name.equals("client") ? client : server;
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    private static void isReset(Socket end) throws IOException {
        end.setSoTimeout(PATIENCE_MILLIS);
        SocketException reset =
                assertThrows(SocketException.class, () -> end.getInputStream().read());
        assertEquals("Connection reset", reset.getMessage());
    }

    private static void hearsNothing(Socket end) throws IOException {
        end.setSoTimeout(SILENCE_MILLIS);
        assertThrows(SocketTimeoutException.class, () -> end.getInputStream().read());
    }

    @ParameterizedTest
    @CsvSource({
        "blue, red, client",
        "blue, red, server",
        "blue, green, client",
        "blue, green, server",
        "red, red, client",
        "red, red, server",
        // each end is behind a device that cuts
        "'red, blue', red, client",
        "'red, blue', red, server",
    })
    void bothEndsAreResetAsSoonAsOneSpeaks(String cutting, String from, String speaking) throws IOException {
        enforce(policy(cutting, "reset", "allow"));
        try (Ends ends = Ends.open(server, from)) {
            enforce(policy(cutting, "reset", "deny"));
            ends.end(speaking).getOutputStream().write(2);
            isReset(ends.client());
            isReset(ends.server());
        }
        if (cutting.equals("blue")) {
            assertEquals(2, agent.namespace("blue").orElseThrow().answers());
            long denied = agent.outcome("blue", INGRESS, Verdict.DENY).packets()
                    + agent.outcome("blue", EGRESS, Verdict.DENY).packets();
            assertEquals(1, denied, "one packet was cut, and nobody tried again");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"client", "server"})
    void neitherEndHearsOfItWithoutReset(String speaking) throws IOException {
        enforce(policy("blue", "reevaluate", "allow"));
        try (Ends ends = Ends.open(server, "red")) {
            enforce(policy("blue", "reset", "deny"));
            ends.end(speaking).getOutputStream().write(2);
            hearsNothing(ends.client());
            hearsNothing(ends.server());
        }
        assertEquals(0, agent.namespace("blue").orElseThrow().answers());
    }

    @Test
    void superPacketsAreCutLikeOthers() throws IOException {
        enforce(policy("blue", "reset", "allow"));
        try (Ends ends = Ends.open(server, "red")) {
            enforce(policy("blue", "reset", "reject"));
            ends.client().getOutputStream().write(new byte[8_000]);
            isReset(ends.client());
            isReset(ends.server());
        }
    }
}
