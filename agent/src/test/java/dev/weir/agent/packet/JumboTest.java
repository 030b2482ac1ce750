// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.ETHERNET;
import static dev.weir.agent.packet.Packet.IPV6_LENGTH;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.tcp;
import static dev.weir.agent.packet.Packet.u32;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.with16;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Frames of more than 1,514 bytes. A test run takes up to a page of memory; what is longer goes through real
/// devices in `OddPacketsTest`.
class JumboTest extends PacketTable {
    private static final int UDP_LENGTH = ETHERNET + 40 + 8 + 4;
    private static final String ALLOW = "allow by web/ingress/http";

    /// Hop-by-hop options with the one that says how much an IPv6 packet carries (RFC 2675).
    private static byte[] jumbogram(int next, byte[] payload) {
        byte[] options = join(new byte[] {(byte) next, 0, (byte) 0xc2, 4}, u32(8 + payload.length));
        return with16(ip(OUTSIDE6, INSIDE6, 0, join(options, payload)), IPV6_LENGTH, 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1472, 1473, 2000, 3500})
    void longFramesAreJudgedAndCountedLikeShortOnes(int bytes) {
        expect(INGRESS, ip(OUTSIDE, INSIDE, 17, udp(40000, 80, new byte[bytes])), ALLOW);
        expect(INGRESS, ip(OUTSIDE6, INSIDE6, 17, udp(40000, 80, new byte[bytes])), ALLOW);
        expect(INGRESS, ip(OUTSIDE, INSIDE, 6, join(tcp(40000, 80, ACK), new byte[bytes])), ALLOW);
        expect(INGRESS, ip(OUTSIDE, INSIDE, 17, udp(40000, 81, new byte[bytes])), "deny by web/ingress/default");
    }

    @Test
    void jumbogramSaysItsLengthInAnOption() {
        expect(INGRESS, jumbogram(17, udp(40000, 80, new byte[3000])), ALLOW);
        expect(INGRESS, jumbogram(6, join(tcp(40000, 80, ACK), new byte[3000])), ALLOW);
        expect(INGRESS, jumbogram(17, udp(40000, 81, new byte[3000])), "deny by web/ingress/default");
    }

    /// Of UDP only a jumbogram of more than 64 KiB may say that its length is 0.
    @Test
    void lengthOfZeroIsForJumbogramsOnly() {
        byte[] good = jumbogram(17, udp(40000, 80, new byte[3000]));
        expect(INGRESS, good, ALLOW);
        expect(INGRESS, with16(good, UDP_LENGTH, 0), "drop malformed");
        byte[] plain = ip(OUTSIDE6, INSIDE6, 17, udp(40000, 80, new byte[3000]));
        expect(INGRESS, plain, ALLOW);
        expect(INGRESS, with16(plain, IPV6_LENGTH, 0), "drop malformed");
        expect(INGRESS, with16(plain, UDP_LENGTH - 8, 0), "drop malformed");
    }
}
