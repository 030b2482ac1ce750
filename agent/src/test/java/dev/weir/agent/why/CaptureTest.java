// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.why;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.packet.Packet;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CaptureTest {
    private static final String A = "192.0.2.1";
    private static final String B = "198.51.100.1";
    private static final String A6 = "2001:db8::1";
    private static final String B6 = "2001:db8::2";

    private static Capture capture(byte[] frame, int captured) {
        byte[] kept = Arrays.copyOf(frame, Math.min(captured, Frames.MAX_BYTES));
        return Capture.of(new PcapReader.Packet(1, Instant.EPOCH, ByteBuffer.wrap(kept), frame.length));
    }

    private static byte[] frame(Capture capture) {
        return capture.frame().orElseThrow();
    }

    private static int u16(byte[] frame, int at) {
        return ByteBuffer.wrap(frame).getShort(at) & 0xffff;
    }

    @Test
    void headersAreReadThroughTagsOptionsAndExtensions() {
        byte[] datagram = Packet.udp(40_000, 53, new byte[32]);
        byte[] tagged = Packet.ethernet(
                0x88a8,
                Packet.tag(
                        6,
                        0x8100,
                        Packet.tag(
                                5,
                                0x86dd,
                                Packet.ipv6(
                                        A6, B6, 0, Packet.extension(44, Packet.fragment(17, 0, true, 9, datagram))))));
        Capture capture = capture(tagged, tagged.length);
        assertEquals("udp", capture.protocol());
        assertEquals(Optional.of(IpAddress.parse(A6)), capture.source());
        assertEquals(Optional.of(53), capture.destinationPort());

        byte[] options =
                Packet.ethernet(0x0800, Packet.ipv4Options(A, B, 1, new byte[8], Packet.icmp(8, 0, 7, new byte[8])));
        assertEquals("icmp/8/0", capture(options, options.length).protocol());
        assertEquals(Optional.empty(), capture(options, options.length).sourcePort());
        assertEquals("arp", capture(Packet.ethernet(0x0806, new byte[46]), 60).protocol());
        assertEquals("-", capture(Packet.ethernet(0x88b5, new byte[46]), 60).protocol());
    }

    @Test
    void sideWhoseAddressIsHeldTellsTheDirection() {
        Capture capture = capture(Packet.udpPacket(A, 1, B, 2), 100);
        assertEquals(Optional.of(Direction.EGRESS), capture.direction(Set.of(IpAddress.parse(A))));
        assertEquals(Optional.of(Direction.INGRESS), capture.direction(Set.of(IpAddress.parse(B))));
        assertEquals(Optional.empty(), capture.direction(Set.of(IpAddress.parse(A6))));
    }

    @Test
    void whatACaptureCutBehindTheHeadersIsPadded() {
        byte[] whole = Packet.ip(A, B, 17, Packet.udp(1, 2, new byte[500]));
        Capture cut = capture(whole, 42);
        assertTrue(cut.padded());
        assertFalse(cut.shortened());
        assertArrayEquals(whole, frame(cut));
        assertEquals(Optional.of("cut inside its headers"), capture(whole, 41).problem());
        assertFalse(capture(whole, whole.length).padded());
    }

    @Test
    void shortPacketsOnTheWireAreNotCutOnes() {
        byte[] syn = Packet.tcpPacket(A, 1, B, 2, Packet.SYN);
        Capture stump = capture(Packet.cut(syn, 40), 40);
        assertEquals(40, frame(stump).length);
        assertEquals(
                Optional.of("too short to be asked about"),
                capture(Packet.cut(syn, 33), 33).problem());
        assertEquals(
                Optional.of("too short to be asked about"),
                capture(new byte[0], 0).problem());
    }

    @Test
    void longPacketsAreShortenedWithTheirLengths() {
        byte[] v4 = Packet.ip(A, B, 17, Packet.udp(1, 2, new byte[8_000]));
        byte[] shorter = frame(capture(v4, v4.length));
        assertTrue(capture(v4, v4.length).shortened());
        assertEquals(Frames.MAX_BYTES, shorter.length);
        assertEquals(Frames.MAX_BYTES - 14, u16(shorter, 16));
        assertEquals(Frames.MAX_BYTES - 34, u16(shorter, 38));

        byte[] v6 = Packet.ip(A6, B6, 17, Packet.udp(1, 2, new byte[8_000]));
        shorter = frame(capture(v6, 70));
        assertEquals(Frames.MAX_BYTES - 54, u16(shorter, 18));
        assertEquals(Frames.MAX_BYTES - 54, u16(shorter, 58));
    }

    @Test
    void lengthsThatLieGoOnLying() {
        byte[] honest = Packet.ip(A, B, 17, Packet.udp(1, 2, new byte[8_000]));
        byte[] total = Packet.with16(honest, 16, honest.length);
        assertEquals(honest.length, u16(frame(capture(total, total.length)), 16));
        byte[] udp = Packet.with16(honest, 38, 8_009);
        assertEquals(8_009, u16(frame(capture(udp, udp.length)), 38));
        byte[] small = Packet.with16(honest, 38, 7);
        assertEquals(7, u16(frame(capture(small, small.length)), 38));
    }

    @Test
    void superPacketThatCannotSayItsLengthIsGivenOne() {
        byte[] big = Packet.ip(A, B, 6, Packet.join(Packet.tcp(1, 2, Packet.ACK), new byte[100_000]));
        byte[] silent = Packet.with16(big, 16, 0);
        assertEquals(Frames.MAX_BYTES - 14, u16(frame(capture(silent, silent.length)), 16));
    }
}
