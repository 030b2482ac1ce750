// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ETHERNET;
import static dev.weir.agent.packet.Packet.IPV4_LENGTH;
import static dev.weir.agent.packet.Packet.IPV6_LENGTH;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.cut;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.ping;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.tag;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.u16;
import static dev.weir.agent.packet.Packet.udpPacket;
import static dev.weir.agent.packet.Packet.with;
import static dev.weir.agent.packet.Packet.with16;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Headers that are cut short, and lengths that lie.
class MalformedTest extends PacketTable {
    private static final int IPV4_L4 = ETHERNET + 20;
    private static final int IPV6_L4 = ETHERNET + 40;

    static Stream<byte[]> whole() {
        return Stream.of(
                tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN),
                tcpPacket(OUTSIDE6, 40000, INSIDE6, 80, SYN),
                udpPacket(OUTSIDE, 40000, INSIDE, 80),
                udpPacket(OUTSIDE6, 40000, INSIDE6, 80),
                ping(OUTSIDE, INSIDE, 7, false),
                ping(OUTSIDE6, INSIDE6, 7, false),
                ip(OUTSIDE, INSIDE, 132, join(u16(40000), u16(80), new byte[8])),
                ip(OUTSIDE6, INSIDE6, 132, join(u16(40000), u16(80), new byte[8])),
                ethernet(0x8100, tag(5, 0x0800, quote(udpPacket(OUTSIDE, 40000, INSIDE, 80)))),
                ethernet(0x88a8, tag(6, 0x8100, tag(5, 0x86dd, quote(udpPacket(OUTSIDE6, 40000, INSIDE6, 80))))));
    }

    @ParameterizedTest
    @MethodSource("whole")
    void everyShorterPacketIsMalformed(byte[] whole) {
        for (int length = shortest(whole); length < whole.length; length++) {
            expect(INGRESS, cut(whole, length), "drop malformed");
        }
        assertEquals(0, judge.flows());
        assertEquals("allow by web/ingress", judge.send(INGRESS, whole).replaceAll("/[a-z]+$", ""));
        // a short frame is padded to the least size that Ethernet has
        assertEquals(
                "allow by web/ingress",
                judge.send(INGRESS, cut(whole, whole.length + 20)).replaceAll("/[a-z]+$", ""));
        assertEquals(1, judge.flows());
    }

    /// A test run refuses a frame that says IP and has no whole IP header (`bpf_prog_test_run_skb` in
    /// `net/bpf/test_run.c`); behind a tag it does not look, so the tagged frames stand for the others there.
    private static int shortest(byte[] whole) {
        return switch (whole[12] & 0xff) {
            case 0x08 -> IPV4_L4;
            case 0x86 -> IPV6_L4;
            default -> ETHERNET;
        };
    }

    @Test
    void ipv4SaysHowLongItIs() {
        byte[] packet = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        int length = packet.length - ETHERNET;
        expect(INGRESS, with16(packet, IPV4_LENGTH, length), "allow by web/ingress/http");
        expect(INGRESS, with16(packet, IPV4_LENGTH, length + 1), "drop malformed");
        expect(INGRESS, with16(packet, IPV4_LENGTH, 0xffff), "drop malformed");
        expect(INGRESS, with16(packet, IPV4_LENGTH, 0), "drop malformed");
        expect(INGRESS, with16(packet, IPV4_LENGTH, 19), "drop malformed");
        expect(INGRESS, with16(packet, IPV4_LENGTH, 20), "drop malformed"); // no room for UDP
        expect(INGRESS, with16(packet, IPV4_LENGTH, length - 1), "drop malformed"); // UDP's length is more
    }

    @Test
    void ipv4HasItsVersionAndAHeader() {
        byte[] packet = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        for (int first = 0; first < 256; first++) {
            int version = first >> 4;
            int words = first & 15;
            if (version != 4 || words < 5) {
                expect(INGRESS, with(packet, ETHERNET, first), "drop malformed");
            }
        }
    }

    @Test
    void ipv6HasItsVersion() {
        byte[] packet = udpPacket(OUTSIDE6, 40000, INSIDE6, 80);
        for (int version = 0; version < 16; version++) {
            expect(
                    INGRESS,
                    with(packet, ETHERNET, version << 4),
                    version == 6 ? "allow by web/ingress/http" : "drop malformed");
        }
    }

    @Test
    void ipv6SaysHowMuchItCarries() {
        byte[] packet = udpPacket(OUTSIDE6, 40000, INSIDE6, 80);
        int length = packet.length - IPV6_L4;
        expect(INGRESS, with16(packet, IPV6_LENGTH, length), "allow by web/ingress/http");
        expect(INGRESS, with16(packet, IPV6_LENGTH, length + 1), "drop malformed");
        expect(INGRESS, with16(packet, IPV6_LENGTH, 0xffff), "drop malformed");
        expect(INGRESS, with16(packet, IPV6_LENGTH, 0), "drop malformed"); // that is for jumbograms
        expect(INGRESS, with16(packet, IPV6_LENGTH, 7), "drop malformed");
        expect(INGRESS, with16(packet, IPV6_LENGTH, length - 1), "drop malformed");
    }

    @Test
    void udpSaysHowLongItIs() {
        for (byte[] packet :
                new byte[][] {udpPacket(OUTSIDE, 40000, INSIDE, 80), udpPacket(OUTSIDE6, 40000, INSIDE6, 80)}) {
            int l4 = packet[12] == 8 ? IPV4_L4 : IPV6_L4;
            int length = packet.length - l4;
            expect(INGRESS, with16(packet, l4 + 4, length + 1), "drop malformed");
            expect(INGRESS, with16(packet, l4 + 4, 0), "drop malformed");
            expect(INGRESS, with16(packet, l4 + 4, 7), "drop malformed");
            expect(INGRESS, with16(packet, l4 + 4, 8), "allow by web/ingress/http");
            expect(INGRESS, with16(packet, l4 + 4, length), "allow by web/ingress/http");
        }
    }

    @Test
    void tcpSaysWhereItsDataBegins() {
        for (byte[] packet :
                new byte[][] {tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN), tcpPacket(OUTSIDE6, 40000, INSIDE6, 80, SYN)
                }) {
            int l4 = packet[12] == 8 ? IPV4_L4 : IPV6_L4;
            for (int words = 0; words < 16; words++) {
                expect(
                        INGRESS,
                        with(packet, l4 + 12, words << 4),
                        words == 5 ? "allow by web/ingress/http" : "drop malformed");
            }
        }
    }

    @Test
    void mappedAddressesAreOnNoWire() {
        byte[] packet = udpPacket(OUTSIDE6, 40000, INSIDE6, 80);
        byte[] mapped = new byte[16];
        mapped[10] = mapped[11] = (byte) 0xff;
        mapped[15] = 1;
        for (int at : new int[] {ETHERNET + 8, ETHERNET + 24}) {
            byte[] wrong = packet.clone();
            System.arraycopy(mapped, 0, wrong, at, 16);
            expect(INGRESS, wrong, "drop malformed");
            expect(EGRESS, wrong, "drop malformed");
            expect(INGRESS, with(wrong, at + 11, 0xfe), "allow by web/ingress/http");
        }
    }
}
