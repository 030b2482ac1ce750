// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.enforce.Judge.LOOPBACK;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.fragment;
import static dev.weir.agent.packet.Packet.icmp;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ipv4;
import static dev.weir.agent.packet.Packet.ping;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What leaves has a source that the namespace holds on its segment, or is dropped, whatever the rules say.
class SourceTest extends GuardedTable {
    private static String peer(String address) {
        return address.contains(":") ? OUTSIDE6 : OUTSIDE;
    }

    /// One packet of each protocol that is parsed in its own way.
    private static List<byte[]> from(String source) {
        String peer = peer(source);
        return List.of(
                tcpPacket(source, 40000, peer, 80, SYN),
                tcpPacket(source, 40001, peer, 80, ACK),
                udpPacket(source, 40000, peer, 80),
                ping(source, peer, 7, false),
                ping(source, peer, 8, true),
                ip(source, peer, 132, new byte[12]),
                ip(source, peer, 47, new byte[8]));
    }

    @ParameterizedTest
    @ValueSource(strings = {INSIDE, INSIDE6, LINK_LOCAL})
    void sourceThatIsHeldPasses(String source) {
        for (byte[] packet : from(source)) {
            expect(EGRESS, packet, OUT);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                STRANGER,
                STRANGER6,
                NEIGHBOUR,
                NEIGHBOUR6,
                ELSEWHERE,
                ELSEWHERE6,
                ANYWHERE,
                "198.51.100.0", // next to the one that is held
                "2001:db8:1::",
                "fe80::3",
                "0.0.0.0",
                "::",
                "127.0.0.1",
                "::1",
                "224.0.0.1",
                "ff02::1",
                "255.255.255.255"
            })
    void sourceThatIsNotHeldHereIsDropped(String source) {
        for (byte[] packet : from(source)) {
            expect(EGRESS, packet, SPOOF);
            expect(EGRESS, packet, SPOOF); // nothing was remembered of the first
        }
        assertEquals(0, judge.flows());
    }

    @Test
    void withoutTheGuardAnySourcePasses() {
        judge.guard(LOOPBACK, 0);
        for (String source : new String[] {STRANGER, NEIGHBOUR6, "0.0.0.0"}) {
            for (byte[] packet : from(source)) {
                expect(EGRESS, packet, OUT);
            }
        }
    }

    @Test
    void whatEntersComesFromAnybodyAndGoesToAnybody() {
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), IN);
        expect(INGRESS, udpPacket("0.0.0.0", 1, INSIDE, 80), IN);
        expect(INGRESS, udpPacket(OUTSIDE, 40000, STRANGER, 80), IN);
        expect(INGRESS, udpPacket(OUTSIDE6, 40000, NEIGHBOUR6, 80), IN);
    }

    @Test
    void guardComesBeforeTheRules() {
        judge.policies(NOTHING);
        expect(EGRESS, udpPacket(STRANGER, 40000, OUTSIDE, 80), SPOOF);
        expect(EGRESS, udpPacket(INSIDE, 40000, OUTSIDE, 80), "deny by closed/egress/default");
    }

    @Test
    void liveFlowEndsWithTheRightToItsAddress() {
        expect(EGRESS, tcpPacket(INSIDE, 40000, OUTSIDE, 80, SYN), OUT);
        expect(INGRESS, tcpPacket(OUTSIDE, 80, INSIDE, 40000, SYN | ACK), OUT);
        judge.loses(INSIDE, LOOPBACK);
        expect(EGRESS, tcpPacket(INSIDE, 40000, OUTSIDE, 80, ACK), SPOOF);
        expect(INGRESS, tcpPacket(OUTSIDE, 80, INSIDE, 40000, ACK), OUT); // judged in the new epoch now
        expect(EGRESS, tcpPacket(INSIDE, 40000, OUTSIDE, 80, ACK), SPOOF);
        judge.holds("red", INSIDE, LOOPBACK);
        expect(EGRESS, tcpPacket(INSIDE, 40000, OUTSIDE, 80, ACK), SPOOF);
        judge.holds("blue", INSIDE, LOOPBACK);
        expect(EGRESS, tcpPacket(INSIDE, 40000, OUTSIDE, 80, ACK), OUT);
    }

    @Test
    void keptFlowEndsWithTheRightToItsAddressToo() {
        judge.policies("""
                policy: keep
                applies-to: {namespaces: [blue]}
                on-change: keep
                egress: {default: deny, rules: [{name: out, allow: any}]}
                """);
        expect(EGRESS, udpPacket(INSIDE, 40000, OUTSIDE, 80), "allow by keep/egress/out");
        judge.loses(INSIDE, LOOPBACK);
        expect(EGRESS, udpPacket(INSIDE, 40000, OUTSIDE, 80), SPOOF);
        judge.policies(NOTHING);
        expect(EGRESS, udpPacket(INSIDE, 40000, OUTSIDE, 80), SPOOF);
    }

    /// Somebody sends to an address that blue only pretends to have, so that its answer meets a flow.
    @ParameterizedTest
    @ValueSource(strings = {STRANGER, NEIGHBOUR, ELSEWHERE, STRANGER6, NEIGHBOUR6})
    void flowOpenedToAForeignAddressIsNotAnswered(String address) {
        byte[] request = udpPacket(peer(address), 40000, address, 80);
        byte[] answer = udpPacket(address, 80, peer(address), 40000);
        expect(INGRESS, request, IN);
        expect(EGRESS, answer, SPOOF);
        expect(INGRESS, request, IN);
        expect(EGRESS, answer, SPOOF);
        assertEquals(0, judge.flow().egressPackets());
        assertEquals(2, judge.flow().ingressPackets());
        judge.holds("blue", address, LOOPBACK);
        expect(EGRESS, answer, IN);
    }

    @Test
    void errorAboutAnOwnFlowHasAnOwnSource() {
        byte[] request = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        byte[] request6 = udpPacket(OUTSIDE6, 40000, INSIDE6, 80);
        expect(INGRESS, request, IN);
        expect(INGRESS, request6, IN);
        expect(EGRESS, ip(INSIDE, OUTSIDE, 1, icmp(3, 3, 0, quote(request))), IN);
        expect(EGRESS, ip(STRANGER, OUTSIDE, 1, icmp(3, 3, 0, quote(request))), SPOOF);
        expect(EGRESS, ip(NEIGHBOUR, OUTSIDE, 1, icmp(11, 0, 0, quote(request))), SPOOF);
        expect(EGRESS, ip(INSIDE6, OUTSIDE6, 58, icmp(1, 4, 0, quote(request6))), IN);
        expect(EGRESS, ip(LINK_LOCAL, OUTSIDE6, 58, icmp(1, 4, 0, quote(request6))), IN); // is held, too
        expect(EGRESS, ip(STRANGER6, OUTSIDE6, 58, icmp(1, 4, 0, quote(request6))), SPOOF);
        expect(EGRESS, ip("::", OUTSIDE6, 58, icmp(1, 4, 0, quote(request6))), SPOOF);
    }

    @Test
    void errorAboutAFlowToAForeignAddressIsDropped() {
        byte[] request = udpPacket(OUTSIDE, 40000, NEIGHBOUR, 80);
        expect(INGRESS, request, IN);
        expect(EGRESS, ip(INSIDE, OUTSIDE, 1, icmp(3, 3, 0, quote(request))), SPOOF);
    }

    @Test
    void everyFragmentHasAnOwnSource() {
        for (String source : new String[] {INSIDE, STRANGER}) {
            String verdict = source.equals(INSIDE) ? OUT : SPOOF;
            expect(EGRESS, ethernet(0x0800, ipv4(source, OUTSIDE, 17, 0x2000, udp(1, 80, new byte[24]))), verdict);
            expect(EGRESS, ethernet(0x0800, ipv4(source, OUTSIDE, 17, 4, new byte[24])), verdict);
        }
        expect(EGRESS, ethernet(0x0800, ipv4(NEIGHBOUR, OUTSIDE, 17, 4, new byte[24])), "drop fragment");
        expect(EGRESS, ethernet(0x0800, ipv4(NEIGHBOUR, OUTSIDE, 47, 4, new byte[24])), SPOOF);
        for (String source : new String[] {INSIDE6, STRANGER6}) {
            String verdict = source.equals(INSIDE6) ? OUT : SPOOF;
            byte[] first = fragment(17, 0, true, 1, udp(1, 80, new byte[24]));
            expect(EGRESS, ip(source, OUTSIDE6, 44, first), verdict);
            expect(EGRESS, ip(source, OUTSIDE6, 44, fragment(17, 32, false, 1, new byte[8])), verdict);
        }
    }

    @Test
    void floodOfForgedSourcesLeavesNothingBehind() {
        for (int i = 0; i < 100; i++) {
            expect(EGRESS, udpPacket("203.0.113." + (100 + i), i, OUTSIDE, 80), SPOOF);
        }
        assertEquals(0, judge.flows());
        assertEquals(0, judge.untracked());
        assertEquals(0, judge.table().account("blue").flows());
    }
}
