// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.FIN;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.icmp;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ipv4;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Ways around the policy that were open once.
@Tag("kernel")
class PacketPathRegressionTest {
    private static final String BLUE = "198.51.100.1";
    private static final String RESOLVER = "192.0.2.53";
    private static final String STRANGER = "203.0.113.66";
    private static final String ONLY_DNS = """
            policy: dns
            applies-to: {namespaces: [blue]}
            ingress: {default: deny}
            egress:
              default: deny
              rules:
                - name: resolver
                  allow: udp/53
                  to: 192.0.2.53
            """;

    @Test
    void anErrorThatQuotesAFlowOfItsSenderDoesNotReachAStranger() {
        try (Judge judge = new Judge()) {
            judge.policies(ONLY_DNS);
            assertEquals("allow by dns/egress/resolver", judge.send(EGRESS, udpPacket(BLUE, 40000, RESOLVER, 53)));
            byte[] answer = ipv4(RESOLVER, BLUE, 17, 0, udp(53, 40000, new byte[18]));

            assertEquals(
                    "allow by dns/egress/resolver",
                    judge.send(EGRESS, ip(BLUE, RESOLVER, 1, icmp(3, 3, 0, answer))),
                    "to whom the quoted packet came from");
            assertEquals(
                    "deny by dns/egress/default",
                    judge.send(EGRESS, ip(BLUE, STRANGER, 1, icmp(3, 3, 0, answer))),
                    "to somebody else");
        }
    }

    @Test
    void anErrorFromARouterOnTheWayStillFollowsItsFlow() {
        try (Judge judge = new Judge()) {
            judge.policies(ONLY_DNS);
            judge.send(EGRESS, udpPacket(BLUE, 40000, RESOLVER, 53));
            byte[] question = ipv4(BLUE, RESOLVER, 17, 0, udp(40000, 53, new byte[18]));

            assertEquals(
                    "allow by dns/egress/resolver",
                    judge.send(INGRESS, ip(STRANGER, BLUE, 1, icmp(11, 0, 0, question))));
        }
    }

    @Test
    void neighbourDiscoveryThatARouterWouldForwardIsJudgedByTheRules() {
        try (Judge judge = new Judge()) {
            judge.policies(ONLY_DNS);
            byte[] frame = ip("2001:db8::1", "2001:db8:ffff::66", 58, icmp(135, 0, 0, new byte[16]));
            byte[] routed = frame.clone();
            routed[14 + 7] = 64;

            assertEquals("pass", judge.send(EGRESS, frame));
            assertEquals("deny by dns/egress/default", judge.send(EGRESS, routed));
            assertEquals("deny by dns/ingress/default", judge.send(INGRESS, routed));
        }
    }

    @Test
    void aSynThatIsDeniedDoesNotCutTheConnectionThatIsClosing() {
        try (Judge judge = new Judge()) {
            judge.policies("""
                    policy: out
                    applies-to: {namespaces: [blue]}
                    ingress: {default: deny}
                    egress: {default: allow}
                    """);
            judge.send(EGRESS, tcpPacket(BLUE, 40000, STRANGER, 443, SYN));
            judge.send(INGRESS, tcpPacket(STRANGER, 443, BLUE, 40000, SYN | ACK));
            judge.send(INGRESS, tcpPacket(STRANGER, 443, BLUE, 40000, FIN | ACK));
            assertEquals(
                    "deny by out/ingress/default", judge.send(INGRESS, tcpPacket(STRANGER, 443, BLUE, 40000, SYN)));

            assertEquals("allow by out/egress/default", judge.send(EGRESS, tcpPacket(BLUE, 40000, STRANGER, 443, ACK)));
        }
    }

    @Test
    void aConnectionThatAReloadCutMayBeOpenedAnewByTheOtherSide() {
        try (Judge judge = new Judge()) {
            judge.policies("""
                    policy: open
                    applies-to: {namespaces: [blue]}
                    ingress: {default: allow}
                    egress: {default: allow}
                    """);
            judge.send(INGRESS, tcpPacket(STRANGER, 179, BLUE, 179, SYN));
            judge.send(EGRESS, tcpPacket(BLUE, 179, STRANGER, 179, SYN | ACK));
            judge.policies("""
                    policy: out
                    applies-to: {namespaces: [blue]}
                    ingress: {default: deny}
                    egress: {default: allow}
                    """);
            assertEquals("deny by out/ingress/default", judge.send(INGRESS, tcpPacket(STRANGER, 179, BLUE, 179, ACK)));
            assertEquals("deny by out/ingress/default", judge.send(EGRESS, tcpPacket(BLUE, 179, STRANGER, 179, ACK)));

            assertEquals("allow by out/egress/default", judge.send(EGRESS, tcpPacket(BLUE, 179, STRANGER, 179, SYN)));
        }
    }
}
