// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.cut;
import static dev.weir.agent.packet.Packet.icmp;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ping;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// ICMP errors follow the flow that they quote; the rest of ICMP is judged by its type and code.
class IcmpErrorTest extends PacketTable {
    private static final String ROUTER = "203.0.113.9";
    private static final String ROUTER6 = "2001:db8:9::9";

    private static byte[] error(String source, String destination, int type, byte[] about) {
        return ip(source, destination, source.contains(":") ? 58 : 1, icmp(type, 0, 0, about));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 11, 12})
    void errorAboutAKnownFlowPasses(int type) {
        byte[] request = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        byte[] answer = udpPacket(INSIDE, 80, OUTSIDE, 40000);
        expect(EGRESS, error(INSIDE, OUTSIDE, type, quote(request)), "deny by web/egress/default");
        expect(INGRESS, request, "allow by web/ingress/http");
        expect(EGRESS, error(INSIDE, OUTSIDE, type, quote(request)), "allow by web/ingress/http");
        // about a packet of ours, from whichever router found it wanting
        expect(INGRESS, error(OUTSIDE, INSIDE, type, quote(answer)), "allow by web/ingress/http");
        expect(INGRESS, error(ROUTER, INSIDE, type, cut(quote(answer), 28)), "allow by web/ingress/http");
        assertEquals(1, judge.flows());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void errorAboutAKnownFlowPassesOverIpv6(int type) {
        byte[] request = tcpPacket(OUTSIDE6, 40000, INSIDE6, 80, SYN);
        byte[] answer = tcpPacket(INSIDE6, 80, OUTSIDE6, 40000, SYN);
        expect(INGRESS, error(ROUTER6, INSIDE6, type, quote(answer)), "deny by web/ingress/default");
        expect(INGRESS, request, "allow by web/ingress/http");
        expect(INGRESS, error(ROUTER6, INSIDE6, type, quote(answer)), "allow by web/ingress/http");
        expect(EGRESS, error(INSIDE6, OUTSIDE6, type, quote(request)), "allow by web/ingress/http");
        assertEquals(1, judge.flows());
    }

    @Test
    void errorAboutAPingPasses() {
        expect(INGRESS, ping(OUTSIDE, INSIDE, 7, false), "allow by web/ingress/ping");
        expect(EGRESS, error(INSIDE, OUTSIDE, 3, quote(ping(OUTSIDE, INSIDE, 7, false))), "allow by web/ingress/ping");
        expect(INGRESS, error(ROUTER, INSIDE, 11, quote(ping(INSIDE, OUTSIDE, 7, true))), "allow by web/ingress/ping");
        expect(
                INGRESS,
                error(ROUTER, INSIDE, 11, quote(ping(INSIDE, OUTSIDE, 7, false))),
                "deny by web/ingress/default");
        expect(
                INGRESS,
                error(ROUTER, INSIDE, 11, quote(ping(INSIDE, OUTSIDE, 8, true))),
                "deny by web/ingress/default");
    }

    @Test
    void errorThatGoesToAnotherThanItQuotesIsJudgedByRules() {
        byte[] request = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        byte[] request6 = udpPacket(OUTSIDE6, 40000, INSIDE6, 80);
        expect(INGRESS, request, "allow by web/ingress/http");
        expect(INGRESS, request6, "allow by web/ingress/http");
        expect(EGRESS, error(INSIDE, ROUTER, 3, quote(request)), "deny by web/egress/default");
        expect(EGRESS, error(INSIDE6, ROUTER6, 1, quote(request6)), "deny by web/egress/default");
        expect(
                INGRESS,
                error(ROUTER, "198.51.100.2", 3, quote(udpPacket(INSIDE, 80, OUTSIDE, 40000))),
                "deny by web/ingress/default");
    }

    @Test
    void errorThatQuotesTheWrongWayRoundIsJudgedByRules() {
        byte[] request = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        expect(INGRESS, request, "allow by web/ingress/http");
        expect(INGRESS, error(ROUTER, INSIDE, 3, quote(request)), "deny by web/ingress/default");
        expect(
                EGRESS,
                error(INSIDE, OUTSIDE, 3, quote(udpPacket(INSIDE, 80, OUTSIDE, 40000))),
                "deny by web/egress/default");
    }

    @Test
    void quoteThatIsCutShortOrNoPacketQuotesNothing() {
        byte[] request = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        expect(INGRESS, request, "allow by web/ingress/http");
        byte[] quote = quote(request);
        for (int length = 0; length < 24; length++) {
            expect(EGRESS, error(INSIDE, OUTSIDE, 3, cut(quote, length)), "deny by web/egress/default");
        }
        expect(EGRESS, error(INSIDE, OUTSIDE, 3, cut(quote, 24)), "allow by web/ingress/http"); // its ports
        expect(EGRESS, error(INSIDE, OUTSIDE, 3, Packet.with(quote, 0, 0x44)), "deny by web/egress/default");
        expect(EGRESS, error(INSIDE, OUTSIDE, 3, Packet.with(quote, 0, 0x65)), "deny by web/egress/default");
        expect(EGRESS, error(INSIDE, OUTSIDE, 3, Packet.with(quote, 7, 1)), "deny by web/egress/default"); // a piece
    }

    @Test
    void quoteOfAnErrorIsNotFollowed() {
        byte[] request = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        expect(INGRESS, request, "allow by web/ingress/http");
        byte[] nested = error(OUTSIDE, INSIDE, 3, quote(udpPacket(INSIDE, 80, OUTSIDE, 40000)));
        expect(EGRESS, error(INSIDE, OUTSIDE, 3, quote(nested)), "deny by web/egress/default");
    }

    @Test
    void errorSaysNothingOfWhoIsAlive() {
        byte[] request = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        expect(INGRESS, request, "allow by web/ingress/http");
        expect(EGRESS, error(INSIDE, OUTSIDE, 3, quote(request)), "allow by web/ingress/http");
        assertEquals(dev.weir.abi.FlowState.NEW, judge.flow().state());
        assertEquals(1, judge.flow().egressPackets());
    }

    @Test
    void otherMessagesAreJudgedByTypeAndCode() {
        judge.policies("""
                policy: icmp
                applies-to: {namespaces: [blue]}
                ingress: {default: deny, rules: [{name: one, allow: [icmp/3/4, icmp/13, icmp/8/0, icmpv6/128/0]}]}
                egress: {default: deny}
                """);
        expect(INGRESS, ip(OUTSIDE, INSIDE, 1, icmp(3, 4, 0, new byte[8])), "allow by icmp/ingress/one");
        expect(INGRESS, ip(OUTSIDE, INSIDE, 1, icmp(3, 3, 0, new byte[8])), "deny by icmp/ingress/default");
        expect(INGRESS, ip(OUTSIDE, INSIDE, 1, icmp(13, 255, 0, new byte[8])), "allow by icmp/ingress/one");
        expect(INGRESS, ip(OUTSIDE, INSIDE, 1, icmp(14, 0, 0, new byte[8])), "deny by icmp/ingress/default");
        expect(INGRESS, ip(OUTSIDE, INSIDE, 1, icmp(8, 0, 0, new byte[8])), "allow by icmp/ingress/one");
        expect(INGRESS, ip(OUTSIDE, INSIDE, 1, icmp(8, 1, 0, new byte[8])), "deny by icmp/ingress/default");
        expect(INGRESS, ip(OUTSIDE6, INSIDE6, 58, icmp(128, 0, 0, new byte[8])), "allow by icmp/ingress/one");
        expect(INGRESS, ip(OUTSIDE6, INSIDE6, 58, icmp(128, 255, 0, new byte[8])), "deny by icmp/ingress/default");
    }
}
