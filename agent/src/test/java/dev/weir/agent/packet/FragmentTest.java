// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ETHERNET;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.extension;
import static dev.weir.agent.packet.Packet.fragment;
import static dev.weir.agent.packet.Packet.icmp;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ipv4;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.with16;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A first fragment is judged by its ports, later ones follow it.
class FragmentTest extends PacketTable {
    private static final int MORE = 0x2000;
    private static final int UDP = 17;
    private static final int FRAGMENT = 44;
    private static final byte[] REST = new byte[32];

    private static byte[] first(int port) {
        return ethernet(0x0800, ipv4(OUTSIDE, INSIDE, UDP, MORE, udp(40000, port, REST)));
    }

    private static byte[] later(int offset, boolean more) {
        return ethernet(0x0800, ipv4(OUTSIDE, INSIDE, UDP, (more ? MORE : 0) | offset / 8, REST));
    }

    private static byte[] first6(int port, int id) {
        return ip(OUTSIDE6, INSIDE6, FRAGMENT, fragment(UDP, 0, true, id, udp(40000, port, REST)));
    }

    private static byte[] later6(int id) {
        return ip(OUTSIDE6, INSIDE6, FRAGMENT, fragment(UDP, 40, false, id, REST));
    }

    @Test
    void laterOnesFollowAnAllowedFirst() {
        expect(INGRESS, first(80), "allow by web/ingress/http");
        expect(INGRESS, later(40, true), "allow by web/ingress/http");
        expect(INGRESS, later(72, false), "allow by web/ingress/http");
        assertEquals(1, judge.flows());
        assertEquals(3, judge.flow().ingressPackets());
        expect(INGRESS, first6(80, 0x10002), "allow by web/ingress/http");
        expect(INGRESS, later6(0x10002), "allow by web/ingress/http");
        assertEquals(2, judge.flows());
    }

    @Test
    void laterOnesFollowADeniedFirst() {
        expect(INGRESS, first(81), "deny by web/ingress/default");
        expect(INGRESS, later(40, false), "deny by web/ingress/default");
        expect(INGRESS, first6(81, 1), "deny by web/ingress/default");
        expect(INGRESS, later6(1), "deny by web/ingress/default");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 6, 17, 58, 132})
    void withoutItsFirstALaterOneIsDropped(int protocol) {
        judge.policies();
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, protocol, 5, REST)), "drop fragment");
        expect(EGRESS, ethernet(0x0800, ipv4(INSIDE, OUTSIDE, protocol, MORE | 5, REST)), "drop fragment");
        expect(INGRESS, ip(OUTSIDE6, INSIDE6, FRAGMENT, fragment(protocol, 40, false, 1, REST)), "drop fragment");
    }

    @Test
    void withoutItsFirstALaterOnePassesWherePortsDoNotDecide() {
        judge.policies();
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 47, 5, REST)), "allow by unselected/ingress");
        expect(
                INGRESS,
                ip(OUTSIDE6, INSIDE6, FRAGMENT, fragment(47, 40, false, 1, REST)),
                "allow by unselected/ingress");
        judge.policies(NOTHING);
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 47, 6, REST)), "deny by closed/ingress/default");
    }

    @Test
    void anotherDatagramIsAnotherStory() {
        expect(INGRESS, first(80), "allow by web/ingress/http");
        byte[] later = later(40, false);
        expect(INGRESS, with16(later, ETHERNET + 4, 0x1235), "drop fragment");
        expect(INGRESS, with16(later, ETHERNET + 14, 0x0202), "drop fragment"); // source
        expect(INGRESS, with16(later, ETHERNET + 18, 0x6402), "drop fragment"); // destination
        expect(EGRESS, later, "drop fragment");
        expect(INGRESS, later, "allow by web/ingress/http");
        expect(INGRESS, first6(80, 0x10002), "allow by web/ingress/http");
        expect(INGRESS, later6(0x20002), "drop fragment"); // all 32 bits count
        expect(INGRESS, later6(0x10003), "drop fragment");
    }

    @Test
    void firstMustHoldThePorts() {
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, UDP, MORE, new byte[7])), "drop malformed");
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 6, MORE, new byte[16])), "drop malformed");
        byte[] optionsOnly = fragment(60, 0, true, 1, extension(UDP, new byte[0]));
        expect(INGRESS, ip(OUTSIDE6, INSIDE6, FRAGMENT, optionsOnly), "drop malformed");
        expect(INGRESS, later(40, false), "drop fragment");
        expect(INGRESS, later6(1), "drop fragment");
    }

    @Test
    void pingInPiecesIsOneFlow() {
        byte[] ping = icmp(8, 0, 7, REST);
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 1, MORE, ping)), "allow by web/ingress/ping");
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 1, 5, REST)), "allow by web/ingress/ping");
        byte[] reply = icmp(0, 0, 7, REST);
        expect(EGRESS, ethernet(0x0800, ipv4(INSIDE, OUTSIDE, 1, MORE, reply)), "allow by web/ingress/ping");
        expect(EGRESS, ethernet(0x0800, ipv4(INSIDE, OUTSIDE, 1, 5, REST)), "allow by web/ingress/ping");
        assertEquals(1, judge.flows());
    }

    @Test
    void reservedAndDontFragmentBitsMakeNoFragment() {
        for (int bits : new int[] {0x4000, 0x8000, 0xc000}) {
            byte[] whole = ethernet(0x0800, ipv4(OUTSIDE, INSIDE, UDP, bits, udp(40000, 80, REST)));
            expect(INGRESS, whole, "allow by web/ingress/http");
        }
    }
}
