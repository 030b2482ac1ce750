// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.Topology;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Labs;
import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What only the topologies of `weir lab` have: a router of their own, a tunnel, tenants with equal addresses.
class LabTrafficTest extends HostTest {
    private static final Path LABS = Path.of("../policies/examples/lab");
    private static final String NOBODY = "";

    private final Labs labs = new Labs();

    @AfterEach
    void takeDown() throws CommandFailure {
        for (Topology topology : Topology.values()) {
            labs.down(topology);
        }
    }

    private WeirConfig shipped(String directory) throws Exception {
        return ConfigFile.load(LABS.resolve("weir.yaml"))
                .withPolicies(LABS.resolve(directory))
                .withBpffs(pins.root());
    }

    /// Whose address a server in `holder` sees a connection come from; [#NOBODY] if none comes about.
    private static String seen(String from, String holder, String to, int port) throws IOException {
        return seen(from, holder, to, port, Inside.PATIENCE_MILLIS);
    }

    private static void assertNobodySees(String from, String holder, String to, int port) throws IOException {
        assertEquals(NOBODY, seen(from, holder, to, port, SILENCE_MILLIS), from + " to " + to + ":" + port);
    }

    private static String seen(String from, String holder, String to, int port, int timeoutMillis) throws IOException {
        try (ServerSocket server = Inside.call(holder, () -> new ServerSocket(port, 8, InetAddress.ofLiteral(to)))) {
            try (Socket client = Inside.call(from, Socket::new)) {
                Inside.call(from, () -> {
                    client.connect(new InetSocketAddress(InetAddress.ofLiteral(to), port), timeoutMillis);
                    return client;
                });
                try (Socket accepted = server.accept()) {
                    return accepted.getInetAddress().getHostAddress();
                }
            } catch (UncheckedIOException e) {
                return NOBODY;
            }
        }
    }

    @Test
    void routerCarriesWhatClientAndServerSay() throws Exception {
        labs.up(Topology.ROUTER);
        assertEquals("10.1.0.2", seen("client", "server", "10.2.0.2", 443));
        assertEquals("10.2.0.2", seen("server", "client", "10.1.0.2", 80));
        assertTrue(Inside.pingsAtLast("client", "10.2.0.2"));
        assertEquals("", Shell.run("ip -o link show type veth"), "both devices are in the router");
        Shell.run("ip netns exec router sysctl -qw net.ipv4.ip_forward=0");
        assertNobodySees("client", "server", "10.2.0.2", 443);
    }

    @Test
    void tunnelThatDiesLeaksWithoutWeir() throws Exception {
        labs.up(Topology.VPN);
        assertEquals("10.99.0.2", seen("tunnelled", "world", "198.51.100.1", 80));
        Shell.run("ip -n tunnelled link del wg-out");
        assertEquals("203.0.113.1", seen("tunnelled", "world", "198.51.100.1", 80), "past the tunnel");
    }

    @Test
    void tunnelThatDiesLeaksNothingUnderTheKillSwitch() throws Exception {
        labs.up(Topology.VPN);
        try (LocalAgent agent = LocalAgent.start(shipped("vpn"))) {
            assertEquals("10.99.0.2", seen("tunnelled", "world", "198.51.100.1", 80));
            assertTrue(Inside.pingsAtLast("tunnelled", "198.51.100.1"));
            assertNobodySees("world", "tunnelled", "192.0.2.2", 22);
            assertEquals(
                    "10.99.0.1", seen("world", "tunnelled", "10.99.0.2", 22), "inside the tunnel nothing is judged");
            long tunnel = agent.rulePackets("tunnelled", Direction.EGRESS, "tunnel");
            assertNotEquals(0, tunnel);

            Shell.run("ip -n tunnelled link del wg-out");

            long denied = agent.rulePackets("tunnelled", Direction.EGRESS, "default");
            assertNobodySees("tunnelled", "world", "198.51.100.1", 80);
            assertNobodySees("tunnelled", "world", "203.0.113.5", 443);
            assertFalse(Inside.pings("tunnelled", "198.51.100.1"));
            assertTrue(agent.rulePackets("tunnelled", Direction.EGRESS, "default") >= denied + 3);
        }
    }

    @Test
    void tenantsOfEqualAddressesStayApart() throws Exception {
        labs.up(Topology.TENANTS);
        try (LocalAgent agent = LocalAgent.start(shipped("tenants"))) {
            for (String tenant : new String[] {"tenant-a", "tenant-b"}) {
                String one = tenant + "-1";
                assertEquals("10.1.0.2", seen(one, tenant + "-2", "10.1.0.3", 5432), "its own");
                assertEquals("10.1.0.2", seen(one, "dns", "10.9.0.53", 53), "without translation");
                assertEquals("203.0.113.1", seen(one, "world", "203.0.113.67", 443), "masqueraded");
                assertNobodySees(one, "world", "203.0.113.66", 443); // on the blocklist
                assertNobodySees(one, "dns", "10.9.0.53", 22);
                assertNobodySees("dns", one, "10.1.0.2", 443);
            }
            String other = "tenant-b-2";
            assertNobodySees("tenant-a-1", other, "10.1.0.3", 5433); // the one of b, asked by a
            assertNotEquals(0, agent.rulePackets("tenant-a", Direction.EGRESS, "own"));
            assertNotEquals(0, agent.rulePackets("tenant-b", Direction.EGRESS, "own"));
        }
    }

    /// Both tenants ask from the same address and port, at once.
    @Test
    void equalConnectionsOfTwoTenantsGetTheirOwnAnswers() throws Exception {
        labs.up(Topology.TENANTS);
        try (LocalAgent agent = LocalAgent.start(shipped("tenants"));
                ServerSocket server =
                        Inside.call("world", () -> new ServerSocket(443, 8, InetAddress.ofLiteral("203.0.113.67")))) {
            InetSocketAddress from = new InetSocketAddress("10.1.0.2", 5000);
            InetSocketAddress to = new InetSocketAddress("203.0.113.67", 443);
            try (Socket a = Inside.connect("tenant-a-1", from, to);
                    Socket ofA = server.accept();
                    Socket b = Inside.connect("tenant-b-1", from, to);
                    Socket ofB = server.accept()) {
                ofA.getOutputStream().write('a');
                ofB.getOutputStream().write('b');
                assertEquals('a', a.getInputStream().read());
                assertEquals('b', b.getInputStream().read());
                assertEquals(1, agent.flows("tenant-a-1", "tcp/443").size());
                assertEquals(1, agent.flows("tenant-b-1", "tcp/443").size());
            }
        }
    }
}
