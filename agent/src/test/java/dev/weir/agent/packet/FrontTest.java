// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.cut;
import static dev.weir.agent.packet.Packet.discovery;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ipv4;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.udpPacket;
import static dev.weir.agent.packet.Packet.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.bpf.XdpContext;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// What the program in front drops, and what it leaves to the one behind it. That both agree is asked of every packet
/// of every table that leaves ([dev.weir.agent.enforce.Judge#observe]); here is what one of them alone does.
class FrontTest extends PacketTable {
    private static final String GOES_ON = "goes on";
    private static final int MORE = 0x2000;
    private static final byte[] DENIED = udpPacket(INSIDE, 40000, OUTSIDE, 53);
    private static final byte[] DENIED6 = udpPacket(INSIDE6, 40000, OUTSIDE6, 53);

    private void expectFront(byte[] frame, String verdict) {
        assertEquals(verdict, judge.front(frame, XdpContext.ALL));
    }

    private static String dropped(String verdict, byte[] frame) {
        return verdict + ", " + frame.length + " bytes";
    }

    @Test
    void whatRulesDenyIsDroppedAndCounted() {
        expectFront(DENIED, dropped("deny by web/egress/default", DENIED));
        expectFront(DENIED6, dropped("deny by web/egress/default", DENIED6));
        expectFront(DENIED, dropped("deny by web/egress/default", DENIED));
    }

    @Test
    void whatPassesGoesOnUncounted() {
        byte[] request = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        byte[] reply = udpPacket(INSIDE, 80, OUTSIDE, 40000);
        expectFront(reply, dropped("deny by web/egress/default", reply));
        expect(INGRESS, request, "allow by web/ingress/http");
        expectFront(reply, GOES_ON);
        expectFront(Packet.arp(1, INSIDE, OUTSIDE), GOES_ON);
        expectFront(ethernet(0x88b5, new byte[46]), GOES_ON);
        assertEquals(1, judge.flow().ingressPackets());
        assertEquals(0, judge.flow().egressPackets());
    }

    @Test
    void whatIsOfAFlowGoesOnEvenIfItIsDenied() {
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), "allow by web/ingress/http");
        judge.policies(NOTHING);
        byte[] reply = udpPacket(INSIDE, 80, OUTSIDE, 40000);
        expectFront(reply, GOES_ON);
        expect(EGRESS, reply, "deny by closed/ingress/default");
        expectFront(reply, GOES_ON);
    }

    @Test
    void whatIsRejectedGoesOnToBeAnswered() {
        judge.policies(RejectTable.REJECT);
        expectFront(DENIED, GOES_ON);
        expect(EGRESS, DENIED, "reject by shut/egress/default");
        assertTrue(judge.answer().isPresent());
    }

    @Test
    void whatIsDroppedForItsShapeIsDroppedHere() {
        byte[] lying = with(DENIED, Packet.ETHERNET, 0x44);
        expectFront(lying, dropped("drop malformed", lying));
        byte[] advertisement = discovery("fe80::1", "ff02::1", 134);
        expectFront(advertisement, dropped("drop spoof", advertisement));
        byte[] shortest = cut(DENIED, 14);
        expectFront(shortest, dropped("drop malformed", shortest));
    }

    @Test
    void firstFragmentsGoOnToBeRememberedAndLaterOnesAreDroppedAfterThem() {
        byte[] first = ethernet(0x0800, ipv4(INSIDE, OUTSIDE, 17, MORE, udp(40000, 53, new byte[32])));
        byte[] later = ethernet(0x0800, ipv4(INSIDE, OUTSIDE, 17, 5, new byte[32]));
        expectFront(first, GOES_ON);
        expectFront(later, GOES_ON);
        expect(EGRESS, later, "drop fragment");
        expect(EGRESS, first, "deny by web/egress/default");
        expectFront(later, dropped("deny by web/egress/default", later));
    }

    @Test
    void whatLiesInPiecesIsReadOrGoesOn() {
        byte[] jumbo = ip(INSIDE, OUTSIDE, 17, udp(40000, 53, new byte[8900]));
        for (byte[] frame : new byte[][] {DENIED, DENIED6, jumbo}) {
            Set<String> seen = new TreeSet<>();
            for (int linear = 14; linear <= Math.min(frame.length, 80); linear++) {
                seen.add(judge.front(frame, linear));
            }
            assertEquals(Set.of(GOES_ON, dropped("deny by web/egress/default", frame)), seen);
            assertEquals(GOES_ON, judge.front(frame, 14));
        }
    }
}
