// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.tcp;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.with16;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Direction;
import dev.weir.agent.enforce.Judge;
import dev.weir.bpf.SkbContext;
import org.junit.jupiter.api.Test;

/// One skb that stands for many packets counts as those that it becomes on the wire.
class SuperPacketTest extends PacketTable {
    private static final int LOOPBACK = 1;
    private static final int MSS = 1000;

    private static byte[] segment(int bytes) {
        return ip(INSIDE, OUTSIDE, 6, join(tcp(80, 40000, ACK), new byte[bytes]));
    }

    private void count(Direction direction, byte[] frame, int segments, String verdict, long packets, long bytes) {
        Judge.Seen seen = judge.observe(direction, frame, SkbContext.segmented(LOOPBACK, segments, MSS));
        assertEquals(new Judge.Seen(verdict, packets, bytes), seen);
    }

    @Test
    void everySegmentRepeatsTheHeaders() {
        String allow = "allow by web/ingress/http";
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN), allow);
        int headers = 14 + 20 + 20;
        count(EGRESS, segment(3 * MSS), 3, allow, 3, 3 * headers + 3 * MSS);
        count(EGRESS, segment(3 * MSS), 0, allow, 3, 3 * headers + 3 * MSS);
        count(EGRESS, segment(3 * MSS + 1), 0, allow, 4, 4 * headers + 3 * MSS + 1);
        count(EGRESS, segment(3 * MSS - 1), 0, allow, 3, 3 * headers + 3 * MSS - 1);
        count(EGRESS, segment(1), 0, allow, 1, headers + 1);
        count(EGRESS, segment(0), 0, allow, 1, headers);
        assertEquals(3 + 3 + 4 + 3 + 1 + 1, judge.flow().egressPackets());
    }

    @Test
    void datagramsLikewise() {
        byte[] frame = ip(OUTSIDE6, INSIDE6, 17, udp(40000, 80, new byte[2 * MSS]));
        count(INGRESS, frame, 2, "allow by web/ingress/http", 2, 2 * (14 + 40 + 8) + 2 * MSS);
        assertEquals(2, judge.flow().ingressPackets());
        assertEquals(2 * (14 + 40 + 8) + 2 * MSS, judge.flow().ingressBytes());
    }

    @Test
    void whatIsDroppedIsCountedInSegmentsToo() {
        byte[] frame = ip(INSIDE, OUTSIDE, 17, udp(40000, 80, new byte[2 * MSS]));
        count(EGRESS, frame, 2, "deny by web/egress/default", 2, 2 * (14 + 20 + 8) + 2 * MSS);
        byte[] impossible = ip(INSIDE, OUTSIDE, 6, join(tcp(80, 40000, 0), new byte[2 * MSS]));
        count(EGRESS, impossible, 2, "drop malformed", 2, 2 * (14 + 20) + 20 + 2 * MSS);
    }

    /// `tot_len` 0 in `net/ipv4/ip_output.c`: a super-packet of more than 64 KiB.
    @Test
    void lengthOfZeroIsTakenFromTheSkb() {
        byte[] frame = with16(ip(OUTSIDE, INSIDE, 17, udp(40000, 80, new byte[2 * MSS])), Packet.IPV4_LENGTH, 0);
        count(INGRESS, frame, 2, "allow by web/ingress/http", 2, 2 * (14 + 20 + 8) + 2 * MSS);
        expect(INGRESS, frame, "drop malformed");
    }
}
