// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Probe;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Real connections, datagrams and pings, on one bridge and through the host, by IPv4 and IPv6.
class EnforcementTest extends HostTest {
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";
    private static final String GREEN = "10.20.0.2";
    private static final String RED6 = "2001:db8:10::2";
    private static final String BLUE6 = "2001:db8:10::3";
    private static final String GREEN6 = "2001:db8:20::2";

    private static final String BLUE_POLICY = """
            applies-to: {namespaces: [blue]}
            ingress:
              default: deny
              rules:
                - {name: web, allow: [tcp/80, udp/80], from: "namespace:red"}
                - {name: from-green, allow: [tcp/81, udp/81], from: [10.20.0.0/24, "2001:db8:20::/64"]}
                - {name: ping, allow: [icmp/echo-request, icmpv6/echo-request], from: "namespace:red"}
            egress:
              default: deny
              rules:
                - {name: out, allow: [tcp/90, udp/90]}
                - {name: ping-green, allow: [icmp, icmpv6], to: "namespace:green"}
                - {name: neighbours, allow: icmpv6, to: "ff02::/16"}
            """;

    @BeforeEach
    void build() {
        redBlueAndGreenOfBothFamilies();
        save("blue.yaml", BLUE_POLICY);
    }

    private static boolean connects(String namespace, String address, int port) throws IOException {
        try (ServerSocket server = Probe.echo(holder(address), address, port)) {
            return Inside.connects(namespace, server.getInetAddress().getHostAddress(), port);
        }
    }

    private static boolean connectsAtLast(String namespace, String address, int port) throws IOException {
        try (ServerSocket server = Probe.echo(holder(address), address, port)) {
            return Inside.connectsAtLast(namespace, server.getInetAddress().getHostAddress(), port);
        }
    }

    private static boolean asks(String namespace, String address, int port) {
        try (DatagramSocket server = Inside.echo(holder(address), address, port);
                DatagramSocket client = Inside.open(namespace, address.contains(":") ? "::" : "0.0.0.0", 0)) {
            return Inside.asks(client, server.getLocalAddress().getHostAddress(), port);
        }
    }

    private static String holder(String address) {
        return switch (address) {
            case RED, RED6 -> "red";
            case BLUE, BLUE6 -> "blue";
            default -> "green";
        };
    }

    private static void checkAll(String red, String blue, String green) throws IOException {
        assertTrue(connectsAtLast("red", blue, 80), "same bridge, allowed");
        assertTrue(asks("red", blue, 80), "same bridge, allowed");
        assertTrue(Inside.pingsAtLast("red", blue), "same bridge, allowed");
        assertFalse(connects("red", blue, 81), "same bridge, another port");
        assertFalse(asks("red", blue, 81), "same bridge, another port");
        assertTrue(connectsAtLast("green", blue, 81), "routed, allowed");
        assertTrue(asks("green", blue, 81), "routed, allowed");
        assertFalse(connects("green", blue, 80), "routed, another peer's port");
        assertFalse(asks("green", blue, 80), "routed, another peer's port");
        assertFalse(Inside.pings("green", blue), "routed, another peer's ping");

        assertTrue(connectsAtLast("blue", red, 90), "out, allowed");
        assertTrue(asks("blue", red, 90), "out, allowed");
        assertTrue(connectsAtLast("blue", green, 90), "out and routed, allowed");
        assertTrue(Inside.pingsAtLast("blue", green), "out and routed, allowed");
        assertFalse(connects("blue", red, 80), "out, another port");
        assertFalse(asks("blue", green, 80), "out and routed, another port");
        assertFalse(Inside.pings("blue", red), "out, another peer");

        assertTrue(connectsAtLast("red", green, 80), "neither has a policy");
        assertTrue(Inside.pingsAtLast("green", red), "neither has a policy");
    }

    @Test
    void policiesHoldForIpv4OnTheBridgeAndThroughTheHost() throws IOException {
        try (LocalAgent agent = LocalAgent.start(config())) {
            checkAll(RED, BLUE, GREEN);
            assertTrue(agent.rulePackets("blue", INGRESS, "default") > 0, "what was denied was counted");
            assertTrue(agent.rulePackets("blue", EGRESS, "default") > 0, "what was denied was counted");
        }
    }

    @Test
    void policiesHoldForIpv6OnTheBridgeAndThroughTheHost() throws IOException {
        try (LocalAgent agent = LocalAgent.start(config())) {
            checkAll(RED6, BLUE6, GREEN6);
            assertEquals(3, agent.report().subjects().devices().size());
        }
    }

    @Test
    void theHostItselfIsFilteredToo() throws IOException {
        try (LocalAgent agent = LocalAgent.start(config());
                ServerSocket web = Probe.echo("blue", BLUE, 80);
                ServerSocket free = Probe.echo("red", RED, 80)) {
            assertFalse(Inside.connects(Inside.HOST, BLUE, web.getLocalPort()));
            assertTrue(Inside.connectsAtLast(Inside.HOST, RED, free.getLocalPort()));
            assertTrue(agent.rulePackets("blue", INGRESS, "default") > 0, "what was denied was counted");
        }
    }
}
