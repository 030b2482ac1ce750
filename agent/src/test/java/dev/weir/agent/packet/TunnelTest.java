// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A tunnel is judged by its outer header; what it carries is not looked at.
class TunnelTest extends PacketTable {
    private static final byte[] GRE = {0, 0, 8, 0};
    private static final byte[] VXLAN = {8, 0, 0, 0, 0, 0, 5, 0};
    private static final byte[] WIREGUARD = {4, 0, 0, 0};
    private static final int VXLAN_PORT = 4789;
    private static final int WIREGUARD_PORT = 51820;
    private static final String DENY = "deny by tunnel/egress/default";

    @BeforeEach
    void allowSomeTunnels() {
        judge.policies("""
                policy: tunnel
                applies-to: {namespaces: [blue]}
                ingress: {default: deny}
                egress: {default: deny, rules: [{name: out, allow: [udp/4789, udp/51820, proto/47, proto/4]}]}
                """);
    }

    private static byte[] inner(String source, int port) {
        return udpPacket(source, 40000, OUTSIDE, port);
    }

    @Test
    void whatIsInsideIsNoMatter() {
        for (byte[] inner : new byte[][] {inner(INSIDE, 80), inner("203.0.113.9", 81), new byte[40]}) {
            expect(EGRESS, ip(INSIDE, OUTSIDE, 47, join(GRE, quote(inner))), "allow by tunnel/egress/out");
            expect(EGRESS, ip(INSIDE6, OUTSIDE6, 47, join(GRE, quote(inner))), "allow by tunnel/egress/out");
            expect(EGRESS, ip(INSIDE, OUTSIDE, 4, quote(inner)), "allow by tunnel/egress/out");
            byte[] vxlan = udp(40000, VXLAN_PORT, join(VXLAN, inner));
            expect(EGRESS, ip(INSIDE, OUTSIDE, 17, vxlan), "allow by tunnel/egress/out");
            byte[] wireguard = udp(40000, WIREGUARD_PORT, join(WIREGUARD, inner));
            expect(EGRESS, ip(INSIDE6, OUTSIDE6, 17, wireguard), "allow by tunnel/egress/out");
        }
        assertEquals(5, judge.flows());
    }

    @Test
    void outerHeaderDecides() {
        byte[] inner = inner(INSIDE, WIREGUARD_PORT);
        expect(EGRESS, ip(INSIDE, OUTSIDE, 41, quote(inner)), DENY); // IPv6 in IPv4
        expect(EGRESS, ip(INSIDE, OUTSIDE, 50, quote(inner)), DENY); // ESP
        expect(EGRESS, ip(INSIDE, OUTSIDE, 17, udp(40000, VXLAN_PORT + 1, join(VXLAN, inner))), DENY);
        expect(INGRESS, ip(OUTSIDE, INSIDE, 47, join(GRE, quote(inner))), "deny by tunnel/ingress/default");
    }

    @Test
    void otherEndAnswersInTheSameFlow() {
        expect(EGRESS, ip(INSIDE, OUTSIDE, 47, join(GRE, quote(inner(INSIDE, 80)))), "allow by tunnel/egress/out");
        expect(INGRESS, ip(OUTSIDE, INSIDE, 47, join(GRE, new byte[20])), "allow by tunnel/egress/out");
        expect(INGRESS, ip(OUTSIDE, INSIDE, 4, new byte[20]), "deny by tunnel/ingress/default");
    }
}
