// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.flow.KernelView;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.PeerQuery;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who talks to whom, with real traffic: to the byte, whatever becomes of the agent.
class PeersTest extends HostTest {
    private static final String HOST = "10.10.0.1";
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";
    private static final String LATE = "10.10.0.9";

    /// Behind no device of this host.
    private static final String WORLD = "192.0.2.1";

    @BeforeEach
    void build() {
        redAndBlue();
        quiet("red", "blue");
        // Else the host may answer that it knows no way, which belongs to the flow that asked for it.
        Shell.run("ip route add blackhole " + WORLD);
    }

    @AfterEach
    void forgetTheWorld() {
        Shell.run("ip route del blackhole " + WORLD);
    }

    /// Datagrams of 100 bytes, 142 on the wire.
    private static void ask(DatagramSocket client, String address, int port, int times) {
        for (int i = 0; i < times; i++) {
            assertTrue(Inside.asks(client, address, port));
        }
    }

    @Test
    void everyPeerHasItsBytes() throws IOException {
        Map<String, String> ofRed = Map.of("blue", "1420/1420", "host", "710/0", "world", "426/0");
        try (LocalAgent agent = LocalAgent.start(config())) {
            try (DatagramSocket blue = Inside.echo("blue", BLUE, 80);
                    DatagramSocket host = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(HOST), 81));
                    DatagramSocket red = Inside.open("red", RED, 0)) {
                ask(red, BLUE, blue.getLocalPort(), 10);
                for (int i = 0; i < 5; i++) {
                    Inside.send(red, HOST, host.getLocalPort(), 100);
                }
                for (int i = 0; i < 3; i++) {
                    Inside.send(red, WORLD, 80, 100);
                }
            }
            Exchanged.await(agent.view(), "red", ofRed);
            Exchanged.await(agent.view(), "blue", Map.of("red", "1420/1420"));
            Exchanged.awaitWhole(agent.view(), "red", "blue");
        }
        try (KernelView pinned = new KernelView(pins, query -> EventPage.EMPTY)) {
            assertEquals(ofRed, Exchanged.by(pinned, "red"), "without the agent, too");
            Instant walked = pinned.peers(PeerQuery.ALL).countedAt();
            assertNotNull(walked);
            assertEquals(walked, pinned.peers(PeerQuery.ALL).countedAt(), "nobody has walked in between");
        }
    }

    @Test
    void nothingIsLostOrCreditedTwiceWhateverBecomesOfTheAgent() throws IOException {
        try (DatagramSocket blue = Inside.echo("blue", BLUE, 80);
                DatagramSocket red = Inside.open("red", RED, 0)) {
            int port = blue.getLocalPort();
            try (LocalAgent agent = LocalAgent.start(config())) {
                ask(red, BLUE, port, 2);
                Exchanged.await(agent.view(), "red", Map.of("blue", "284/284"));
                save("blue.yaml", """
                        applies-to: {namespaces: [blue]}
                        ingress:
                          default: deny
                          rules:
                            - {name: open, allow: udp/80}
                        """);
                agent.awaitReload();
                ask(red, BLUE, port, 2);
            }
            ask(red, BLUE, port, 2); // while none runs
            try (AgentProcess agent = AgentProcess.enforcing(policies, pins.root())) {
                ask(red, BLUE, port, 2);
                agent.kill();
            }
            ask(red, BLUE, port, 2);
            try (LocalAgent agent = LocalAgent.start(config())) {
                Exchanged.await(agent.view(), "red", Map.of("blue", "1420/1420"));
                Exchanged.await(agent.view(), "blue", Map.of("red", "1420/1420"));
                Exchanged.awaitWhole(agent.view(), "red", "blue");
                FlowView flow = agent.flows("red").getFirst();
                assertEquals(List.of(1420L, 1420L), List.of(flow.bytesEgress(), flow.bytesIngress()));
            }
        }
    }

    @Test
    void portsThatAreUsedAgainKeepWhatTheyHad() throws IOException {
        InetSocketAddress from = new InetSocketAddress(InetAddress.ofLiteral(RED), 40_000);
        InetSocketAddress to = new InetSocketAddress(InetAddress.ofLiteral(BLUE), 80);
        try (LocalAgent agent = LocalAgent.start(config());
                ServerSocket web = Probe.echo("blue", BLUE, 80)) {
            for (int i = 0; i < 5; i++) {
                try (Socket connection = Inside.connect("red", from, to)) {
                    assertTrue(Probe.echoes(connection));
                    connection.setSoLinger(true, 0); // ends with a RST, so that the port is free at once
                }
            }
            assertEquals(1, agent.flows("red").size(), web::toString);
            Exchanged.awaitWhole(agent.view(), "red", "blue");
        }
    }

    @Test
    void namespaceThatGoesLeavesNothingToTheNext() throws IOException {
        try (LocalAgent agent = LocalAgent.start(config())) {
            try (DatagramSocket blue = Inside.echo("blue", BLUE, 80);
                    DatagramSocket red = Inside.open("red", RED, 0)) {
                ask(red, BLUE, blue.getLocalPort(), 4);
            }
            Exchanged.await(agent.view(), "red", Map.of("blue", "568/568"));
            Shell.run("ip link del veth-blue");
            Shell.run("ip netns del blue");
            Exchanged.await(agent.view(), "blue", Map.of());
            Exchanged.await(agent.view(), "red", Map.of("other", "568/568"));
            lab.onBridge("br0", "late", LATE + "/24", HOST);
            quiet("late");
            Await.until(
                    "late is enforced",
                    agent::report,
                    () -> agent.namespace("late")
                            .filter(late -> late.addresses().toString().contains(LATE))
                            .isPresent());
            try (DatagramSocket late = Inside.echo("late", LATE, 80);
                    DatagramSocket red = Inside.open("red", RED, 0)) {
                ask(red, LATE, late.getLocalPort(), 2);
            }
            Exchanged.await(agent.view(), "red", "late", "284/284");
            assertEquals("568/568", Exchanged.by(agent.view(), "red").get("other"));
        }
    }
}
