// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.weir.abi.Flow;
import dev.weir.abi.Verdict;
import dev.weir.agent.enforce.Judge;
import org.junit.jupiter.api.Test;

/// Flows within their quota, through a reload, and apart from those of another tenant.
class FlowLifeTest extends PacketTable {
    private static final String ALLOW = "allow by web/ingress/http";

    @Test
    void whatIsBeyondTheQuotaIsFilteredAllTheSame() {
        judge.close();
        judge = new Judge(Verdict.ALLOW, 2).policies(WEB);
        expect(INGRESS, udpPacket(OUTSIDE, 1, INSIDE, 80), ALLOW);
        expect(INGRESS, udpPacket(OUTSIDE, 2, INSIDE, 80), ALLOW);
        assertEquals(2, judge.flows());
        assertEquals(0, judge.untracked());

        expect(INGRESS, udpPacket(OUTSIDE, 3, INSIDE, 80), ALLOW);
        expect(INGRESS, udpPacket(OUTSIDE, 3, INSIDE, 80), ALLOW);
        expect(INGRESS, udpPacket(OUTSIDE, 3, INSIDE, 81), "deny by web/ingress/default");
        expect(EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 3), "drop quota"); // nobody knows of 3
        expect(EGRESS, udpPacket(INSIDE, 81, OUTSIDE, 3), "deny by web/egress/default"); // and that is no reply
        expect(EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 2), ALLOW);
        assertEquals(2, judge.flows());
        assertEquals(2, judge.untracked());

        judge.forgetFlows();
        expect(INGRESS, udpPacket(OUTSIDE, 3, INSIDE, 80), ALLOW);
        assertEquals(1, judge.flows());
        assertEquals(2, judge.untracked());
    }

    @Test
    void untrackedTcpStillWorks() {
        judge.close();
        judge = new Judge(Verdict.ALLOW, 0).policies(WEB);
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN), ALLOW);
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, SYN | ACK), ALLOW);
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, ACK), ALLOW);
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, SYN), "deny by web/egress/default");
        assertEquals(0, judge.flows());
        assertEquals(3, judge.untracked());
    }

    @Test
    void deniedPacketsMakeNoFlow() {
        for (int port = 1; port < 50; port++) {
            expect(EGRESS, udpPacket(INSIDE, port, OUTSIDE, port), "deny by web/egress/default");
        }
        assertEquals(0, judge.flows());
        assertEquals(0, judge.untracked());
    }

    @Test
    void reloadJudgesLiveFlowsOnTheirNextPacket() {
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN), ALLOW);
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, SYN | ACK), ALLOW);
        Flow before = judge.flow();

        judge.policies(NOTHING);
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, ACK), "deny by closed/ingress/default");
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, ACK), "deny by closed/ingress/default");
        Flow cut = judge.flow();
        assertEquals(Verdict.DENY, cut.verdict());
        assertNotEquals(before.epoch(), cut.epoch());
        assertEquals(before.openedNanos(), cut.openedNanos());
        assertEquals(2, cut.egressPackets());
        assertEquals(2, cut.ingressPackets());

        judge.policies(WEB);
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, ACK), ALLOW);
        assertEquals(3, judge.flow().egressPackets());
        assertEquals(INGRESS, judge.flow().opener());
        assertEquals(1, judge.flows());
    }

    @Test
    void reloadMovesLiveFlowsToTheRuleThatNowDecides() {
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), ALLOW);
        judge.policies(WEB.replace("name: http", "name: renamed"));
        expect(EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 40000), "allow by web/ingress/renamed");
    }

    @Test
    void addressThatChangesHandsTakesEffectAtOnce() {
        judge.policies("""
                policy: friends
                applies-to: {namespaces: [blue]}
                ingress: {default: deny, rules: [{name: red, allow: any, from: "namespace:red"}]}
                """);
        judge.holds("red", OUTSIDE);
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), "allow by friends/ingress/red");
        judge.holds("green", OUTSIDE);
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), "deny by friends/ingress/default");
    }

    @Test
    void tenantsWithEqualAddressesNeverShareAFlow() {
        int device = others.two()[0];
        judge.introduce(device, "green", 1000);
        judge.policies(WEB, """
                policy: other
                applies-to: {namespaces: [green]}
                ingress: {default: deny}
                egress: {default: deny}
                """);
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), ALLOW);
        assertEquals("deny by other/egress/default", judge.send(device, EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 40000)));
        assertEquals(
                "deny by other/ingress/default", judge.send(device, INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80)));
        expect(EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 40000), ALLOW);
        assertEquals(2, judge.flow().egressPackets() + judge.flow().ingressPackets());
    }

    @Test
    void nothingPassesOnADeviceThatNobodyIntroduced() {
        int device = others.two()[0];
        judge.policies();
        assertEquals("drop policy", judge.send(device, INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80)));
        assertEquals("drop policy", judge.send(device, EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, ACK)));
        assertEquals("drop malformed", judge.send(device, EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, 0)));
        assertEquals(0, judge.flows());
    }
}
