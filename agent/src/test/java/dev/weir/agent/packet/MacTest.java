// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.enforce.Judge.LOOPBACK;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.SENDER;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ipv4;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.sentBy;
import static dev.weir.agent.packet.Packet.tag;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.udpPacket;

import dev.weir.abi.Limits;
import dev.weir.abi.Verdict;
import dev.weir.agent.enforce.Judge;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Every frame that leaves has the one MAC that was granted.
class MacTest extends GuardedTable {
    private static final byte[] DATAGRAM = udpPacket(INSIDE, 40000, OUTSIDE, 80);

    /// One frame of each kind, and what becomes of it when its sender is who it says.
    private static final Map<byte[], String> KINDS = Map.ofEntries(
            Map.entry(DATAGRAM, OUT),
            Map.entry(udpPacket(INSIDE6, 40000, OUTSIDE6, 80), OUT),
            Map.entry(tcpPacket(INSIDE, 40000, OUTSIDE, 80, SYN), OUT),
            Map.entry(ip(INSIDE, OUTSIDE, 47, new byte[8]), OUT),
            Map.entry(ethernet(0x0800, ipv4(INSIDE, OUTSIDE, 17, 0x2000, udp(1, 80, new byte[24]))), OUT),
            Map.entry(udpPacket("0.0.0.0", 68, "255.255.255.255", 67), OUT),
            Map.entry(Packet.discovery("::", "ff02::2", 133), "pass"),
            Map.entry(Packet.arp(1, INSIDE, OUTSIDE), "pass"),
            Map.entry(ethernet(0x88cc, new byte[46]), "pass"),
            Map.entry(ethernet(0x0026, new byte[46]), "pass"), // a length: IEEE 802.3
            Map.entry(ethernet(0xffff, new byte[46]), "pass"),
            Map.entry(ethernet(0x8100, tag(5, 0x0800, quote(DATAGRAM))), OUT),
            Map.entry(ethernet(0x88a8, tag(7, 0x8100, tag(6, 0x8100, tag(5, 0x0800, quote(DATAGRAM))))), "pass"));

    @Test
    void everyKindOfFrameIsHeldToIt() {
        KINDS.forEach((frame, verdict) -> {
            expect(EGRESS, sentBy(OTHER_MAC, frame), SPOOF);
            expect(EGRESS, frame, verdict);
            expect(EGRESS, sentBy(OTHER_MAC, frame), SPOOF); // also where a flow is known now
            expect(EGRESS, frame, verdict);
        });
    }

    @Test
    void allItsBitsCount() {
        expect(EGRESS, DATAGRAM, OUT);
        for (int bit = 0; bit < 48; bit++) {
            byte[] mac = SENDER.clone();
            mac[bit / 8] ^= (byte) (1 << bit % 8);
            expect(EGRESS, sentBy(mac, DATAGRAM), SPOOF);
            expect(EGRESS, sentBy(mac, ethernet(0x88cc, new byte[46])), SPOOF);
        }
    }

    @Test
    void whoWasGrantedNoneSendsNothing() {
        judge.guard(LOOPBACK, Limits.NO_MAC);
        KINDS.keySet().forEach(frame -> {
            expect(EGRESS, frame, SPOOF);
            expect(EGRESS, sentBy(HexFormat.of().parseHex("ffffffffffff"), frame), SPOOF);
            expect(EGRESS, sentBy(new byte[6], frame), SPOOF);
        });
    }

    @Test
    void liveFlowEndsWithTheMac() {
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN), IN);
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, SYN | ACK), IN);
        judge.guard(LOOPBACK, Packet.mac(OTHER_MAC)); // no new epoch
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, ACK), SPOOF);
        expect(EGRESS, sentBy(OTHER_MAC, tcpPacket(INSIDE, 80, OUTSIDE, 40000, ACK)), IN);
        judge.policies();
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, ACK), SPOOF);
        expect(EGRESS, sentBy(OTHER_MAC, tcpPacket(INSIDE, 80, OUTSIDE, 40000, ACK)), IN);
    }

    @Test
    void whatEntersAndWhatIsNotGuardedHasAnyMac() {
        expect(INGRESS, sentBy(OTHER_MAC, udpPacket(OUTSIDE, 40000, INSIDE, 80)), IN);
        expect(INGRESS, sentBy(OTHER_MAC, ethernet(0x88cc, new byte[46])), "pass");
        judge.guard(LOOPBACK, 0);
        KINDS.forEach((frame, verdict) -> expect(EGRESS, sentBy(OTHER_MAC, frame), verdict));
    }

    @Test
    void guardComesBeforeTheRulesAndBehindTheForm() {
        judge.policies(NOTHING);
        expect(EGRESS, sentBy(OTHER_MAC, DATAGRAM), SPOOF);
        expect(EGRESS, sentBy(OTHER_MAC, tcpPacket(INSIDE, 1, OUTSIDE, 80, 0)), "drop malformed");
        judge.close();
        judge = new Judge(Verdict.DENY, 1).guard(LOOPBACK, Packet.mac(SENDER));
        expect(EGRESS, sentBy(OTHER_MAC, ethernet(0x88cc, new byte[46])), "drop l2");
    }
}
