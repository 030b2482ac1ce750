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
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.tcp;
import static dev.weir.agent.packet.Packet.u16;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.with16;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A first fragment is judged by its ports, later ones follow it.
class FragmentTest extends PacketTable {
    private static final int MORE = 0x2000;
    private static final int UDP = 17;
    private static final int FRAGMENT = 44;
    private static final byte[] REST = new byte[32];
    private static final String ANY = "allow by unselected/ingress";

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

    /// RFC 1858, RFC 3128, RFC 5722: what would write over the header that decided is no fragment of that datagram.
    @ParameterizedTest
    @CsvSource({"6, 20, 3", "17, 8, 1", "132, 12, 2", "1, 8, 1"})
    void laterOneBeginsBehindTheHeaderThatDecided(int protocol, int header, int least) {
        judge.policies();
        byte[] payload = switch (protocol) {
            case 6 -> join(tcp(40000, 80, Packet.SYN), new byte[12]);
            case 1 -> icmp(8, 0, 7, new byte[24]);
            default -> join(u16(40000), u16(80), u16(32), new byte[26]);
        };
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, protocol, MORE, payload)), ANY);
        for (int units = 1; units < 8; units++) {
            byte[] later = ethernet(0x0800, ipv4(OUTSIDE, INSIDE, protocol, MORE | units, new byte[8]));
            expect(INGRESS, later, units < least ? "drop malformed" : ANY);
        }
        assertEquals((header + 7) / 8, least);
    }

    /// In IPv6 extension headers stand in the first fragment too.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 7})
    void laterOneOfIpv6BeginsBehindTheExtensionHeadersToo(int headers) {
        judge.policies();
        byte[] payload = join(tcp(40000, 80, Packet.SYN), new byte[12]);
        int next = 6;
        for (int i = 0; i < headers; i++) { // the fragment header is the eighth
            payload = extension(next, payload);
            next = 60;
        }
        int least = (payload.length - 12 + 7) / 8;
        expect(INGRESS, ip(OUTSIDE6, INSIDE6, FRAGMENT, fragment(next, 0, true, 5, payload)), ANY);
        for (int units = 1; units < least + 3; units++) {
            byte[] later = ip(OUTSIDE6, INSIDE6, FRAGMENT, fragment(next, units * 8, true, 5, new byte[8]));
            expect(INGRESS, later, units < least ? "drop malformed" : ANY);
        }
    }

    /// RFC 8200, section 4.5: only the first one's protocol counts.
    @Test
    void protocolOfIpv6IsThatOfTheFirst() {
        expect(INGRESS, first6(80, 1), "allow by web/ingress/http");
        for (int protocol : new int[] {UDP, 6, 47, 59, 60, 0, 44}) {
            byte[] later = ip(OUTSIDE6, INSIDE6, FRAGMENT, fragment(protocol, 40, true, 1, REST));
            expect(INGRESS, later, "allow by web/ingress/http");
        }
        expect(INGRESS, first6(81, 2), "deny by web/ingress/default");
        byte[] later = ip(OUTSIDE6, INSIDE6, FRAGMENT, fragment(47, 40, false, 2, REST));
        expect(INGRESS, later, "deny by web/ingress/default");
        assertEquals(1, judge.flows());
    }

    /// In IPv4 it is part of what tells datagrams apart (RFC 791, section 3.2).
    @Test
    void protocolOfIpv4MakesAnotherDatagram() {
        expect(INGRESS, first(80), "allow by web/ingress/http");
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 6, 5, REST)), "drop fragment");
    }

    @Test
    void orderOfLaterOnesIsNoMatter() {
        expect(INGRESS, later(72, false), "drop fragment"); // its first is still to come
        expect(INGRESS, first(80), "allow by web/ingress/http");
        expect(INGRESS, later(72, false), "allow by web/ingress/http");
        expect(INGRESS, later(40, true), "allow by web/ingress/http");
        expect(INGRESS, later(40, true), "allow by web/ingress/http"); // twice
        expect(INGRESS, first(80), "allow by web/ingress/http");
        expect(INGRESS, later(40, true), "allow by web/ingress/http");
    }

    /// A second first that is denied does not let the pieces of the one before it pass, nor the other way round.
    @Test
    void laterOnesFollowTheLastFirst() {
        expect(INGRESS, first(80), "allow by web/ingress/http");
        expect(INGRESS, first(81), "deny by web/ingress/default");
        expect(INGRESS, later(40, false), "deny by web/ingress/default");
        expect(INGRESS, first(80), "allow by web/ingress/http");
        expect(INGRESS, later(40, false), "allow by web/ingress/http");
    }

    @Test
    void pieceOfAPieceIsMalformed() {
        byte[] inner = fragment(UDP, 0, true, 2, udp(40000, 80, REST));
        expect(INGRESS, first6(80, 2), "allow by web/ingress/http");
        byte[][] nested = {
            fragment(FRAGMENT, 0, true, 1, inner),
            fragment(FRAGMENT, 0, false, 1, inner),
            fragment(FRAGMENT, 0, true, 1, fragment(UDP, 40, false, 2, REST)), // would be taken for one of datagram 2
            fragment(FRAGMENT, 0, false, 1, fragment(UDP, 0, false, 2, udp(40000, 80, REST))),
            fragment(60, 0, true, 1, extension(FRAGMENT, inner)),
        };
        for (byte[] payload : nested) {
            expect(INGRESS, ip(OUTSIDE6, INSIDE6, FRAGMENT, payload), "drop malformed");
        }
    }

    /// What is put together is no longer than 64 KiB: the ping of death.
    @Test
    void datagramEndsWithin64KiB() {
        judge.policies();
        byte[] ping = icmp(8, 0, 7, REST);
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 1, MORE, ping)), ANY);
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 1, 0x1fff, new byte[7])), ANY);
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 1, 0x1fff, new byte[8])), "drop malformed");
        expect(INGRESS, ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 1, 0x1fff, new byte[400])), "drop malformed");
        expect(INGRESS, first6(80, 1), ANY);
        expect(INGRESS, ip(OUTSIDE6, INSIDE6, FRAGMENT, fragment(UDP, 0xfff8, false, 1, new byte[7])), ANY);
        expect(
                INGRESS,
                ip(OUTSIDE6, INSIDE6, FRAGMENT, fragment(UDP, 0xfff8, false, 1, new byte[8])),
                "drop malformed");
    }

    private static byte[] numbered(int id, int fragment, byte[] payload) {
        byte[] frame = ethernet(0x0800, ipv4(OUTSIDE, INSIDE, UDP, fragment, payload));
        return with16(frame, ETHERNET + 4, id);
    }

    /// There is room for 64 at most; which of them make room is up to a hash. None is taken for another.
    @Test
    void ofMoreDatagramsThanThereIsRoomForSomeAreForgotten() {
        for (int id = 1; id <= 200; id++) {
            expect(INGRESS, numbered(id, MORE, udp(id, 80, REST)), "allow by web/ingress/http");
            expect(INGRESS, numbered(id, MORE | 5, REST), "allow by web/ingress/http"); // the newest is never forgotten
        }
        int known = 0;
        for (int id = 1; id <= 200; id++) {
            String verdict = judge.send(INGRESS, numbered(id, 9, REST));
            known += verdict.equals("allow by web/ingress/http") ? 1 : 0;
            assertTrue(verdict.startsWith("allow") || verdict.equals("drop fragment"), verdict);
        }
        assertTrue(known > 32 && known <= 64, known + " are known");
        assertEquals(200, judge.flows());
    }

    @Test
    void floodOfAnotherNamespaceLeavesOurs() {
        int green = others.two()[0];
        judge.introduce(green, "green", 1000).policies(WEB.replace("[blue]", "[blue, green]"));
        expect(INGRESS, first(80), "allow by web/ingress/http");
        for (int id = 1; id <= 500; id++) {
            judge.send(green, INGRESS, numbered(id, MORE, udp(40000, 80, REST)));
        }
        expect(INGRESS, later(40, false), "allow by web/ingress/http");
        assertEquals("drop fragment", judge.send(green, INGRESS, later(40, false))); // and is none of green's
    }
}
