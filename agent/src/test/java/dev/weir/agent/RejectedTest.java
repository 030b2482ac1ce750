// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.Verdict;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What programs in namespaces see of `reject`, on one bridge and through the host, by IPv4 and IPv6. The kernel at
/// either end checks every checksum of an answer, for nothing of it was left to a device.
class RejectedTest extends HostTest {
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";
    private static final String GREEN = "10.20.0.2";
    private static final String HOST = "10.10.0.1";
    private static final String RED6 = "2001:db8:10::2";
    private static final String BLUE6 = "2001:db8:10::3";
    private static final String GREEN6 = "2001:db8:20::2";
    private static final String HOST6 = "2001:db8:10::1";
    private static final int PATIENCE_MILLIS = 10_000;

    /// What hosts say of themselves and the groups they are in passes; else it might be counted beside what is tried.
    private static final String BLUE_POLICY = """
            policy: blue
            applies-to: {namespaces: [blue]}
            ingress:
              default: reject
              rules: [{name: web, allow: [tcp/80, udp/80, icmpv6, proto/2]}]
            egress:
              default: reject
              rules: [{name: out, allow: [tcp/90, udp/90, icmpv6, proto/2]}]
            """;

    private LocalAgent agent;

    @BeforeEach
    void build() {
        redBlueAndGreenOfBothFamilies();
        save("blue.yaml", BLUE_POLICY);
        agent = LocalAgent.start(config());
    }

    @AfterEach
    void stop() {
        agent.close();
    }

    private static void refused(String namespace, String address, int port) {
        ConnectException refused = assertThrows(
                ConnectException.class,
                () -> Probe.connect(namespace, address, port, PATIENCE_MILLIS).close());
        assertEquals("Connection refused", refused.getMessage());
    }

    private static void unreachable(String namespace, String address, int port) throws IOException {
        try (DatagramSocket socket = Inside.open(namespace, address.contains(":") ? "::" : "0.0.0.0", 0)) {
            socket.connect(InetAddress.ofLiteral(address), port);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.send(new DatagramPacket(new byte[1200], 1200));
            assertThrows(PortUnreachableException.class, () -> socket.receive(new DatagramPacket(new byte[1], 1)));
        }
    }

    private static String mac(String namespace) {
        String link = Shell.run("ip -n " + namespace + " -o link show eth0");
        return link.substring(link.indexOf("link/ether ") + 11).split(" ", 2)[0];
    }

    private NamespaceView blue() {
        return agent.namespace("blue").orElseThrow();
    }

    @Test
    void connectionsAreRefusedAtOnce() throws IOException {
        try (ServerSocket server = Probe.echo("blue", BLUE, 80);
                ServerSocket shut = Probe.echo("blue", BLUE, 81);
                Socket allowed = Probe.connect("red", BLUE, server.getLocalPort(), PATIENCE_MILLIS)) {
            for (String from : new String[] {"red", "green"}) {
                refused(from, BLUE, shut.getLocalPort());
                refused(from, BLUE6, 81);
            }
            for (String to : new String[] {RED, GREEN, HOST, RED6, GREEN6, HOST6}) {
                refused("blue", to, 80);
            }
            ConnectException fromHost = assertThrows(ConnectException.class, () -> new Socket(BLUE, 81).close());
            assertEquals("Connection refused", fromHost.getMessage());
            assertTrue(Probe.echoes(allowed));
        }
        assertEquals(4 + 1, agent.outcome("blue", INGRESS, Verdict.REJECT).packets());
        assertEquals(6, agent.outcome("blue", EGRESS, Verdict.REJECT).packets());
        assertEquals(4 + 1 + 6, blue().answers());
        assertEquals(0, blue().answersSuppressed());
    }

    @Test
    void datagramsFindThePortUnreachable() throws IOException {
        for (String from : new String[] {"red", "green"}) {
            unreachable(from, BLUE, 81);
            unreachable(from, BLUE6, 81);
        }
        for (String to : new String[] {RED, GREEN, HOST, RED6, GREEN6, HOST6}) {
            unreachable("blue", to, 80);
        }
        unreachable(Inside.HOST, BLUE, 81);
        assertEquals(4 + 6 + 1, blue().answers());
    }

    /// A packet of a namespace mostly has a checksum that the last device is to finish; its answer must have none.
    @Test
    void deviceThatFinishesChecksumsLeavesAnswersAlone() throws IOException {
        for (String device : new String[] {"veth-red", "veth-blue"}) {
            Shell.run("ethtool -K " + device + " tx off");
        }
        refused("red", BLUE, 81);
        refused("red", BLUE6, 81);
        unreachable("red", BLUE, 81);
        unreachable("red", BLUE6, 81);
        refused("blue", RED, 80);
        unreachable("blue", RED6, 80);
    }

    /// The device counts an answer into the namespace; no packet is counted twice or not at all.
    @Test
    void floodIsAnsweredWithinTheLimitAndEveryPacketIsInOnePlace() throws IOException {
        int flood = 1_000;
        // Else what is sent before red has answered who it is may be too much to be kept.
        Shell.run("ip -n blue neighbour replace %s lladdr %s dev eth0 nud permanent".formatted(RED, mac("red")));
        long start = System.nanoTime();
        try (DatagramSocket socket = Inside.open("blue", BLUE, 0)) {
            for (int i = 0; i < flood; i++) {
                Inside.send(socket, RED, 80, 10);
            }
        }
        Await.until(
                "all are counted",
                () -> agent.outcome("blue", EGRESS, Verdict.REJECT).packets() >= flood);
        Await.until("all are answered or not", () -> blue().answers() + blue().answersSuppressed() >= flood);
        long millis = (System.nanoTime() - start) / 1_000_000;
        NamespaceView blue = blue();
        assertEquals(flood, agent.outcome("blue", EGRESS, Verdict.REJECT).packets());
        assertEquals(flood, agent.rulePackets("blue", EGRESS, "default"));
        assertEquals(flood, blue.answers() + blue.answersSuppressed());
        assertTrue(blue.answers() >= 100 && blue.answers() <= 101 + millis / 10, blue + " in " + millis + " ms");
        assertEquals(0, agent.outcome("blue", EGRESS, Verdict.DENY).packets());
        assertEquals(0, agent.outcome("blue", INGRESS, Verdict.REJECT).packets());
        assertTrue(agent.outcome("blue", INGRESS, Verdict.ALLOW).packets() >= blue.answers());
    }
}
