// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.FlowState;
import dev.weir.policy.compile.PolicyCompiler;
import org.junit.jupiter.api.Test;

/// Conversations that began before a device was looked at: who is seen first need not have opened them, and policies
/// that come later ask for either side.
class MidStreamTest extends PacketTable {
    private static final String NO_POLICY = "allow by unselected/";
    private static final String OUT = "allow by out/egress/web";
    private static final String OUT_ONLY = """
            policy: out
            applies-to: {namespaces: [blue]}
            ingress: {default: deny}
            egress: {default: deny, rules: [{name: web, allow: [tcp/80, udp/80, icmp/echo-request]}]}
            """;
    private static final String NOT_IN = "deny by out/ingress/default";

    private static byte[] question(int flags) {
        return tcpPacket(INSIDE, 40000, OUTSIDE, 80, flags);
    }

    private static byte[] answer(int flags) {
        return tcpPacket(OUTSIDE, 80, INSIDE, 40000, flags);
    }

    private static byte[] question() {
        return udpPacket(INSIDE, 40000, OUTSIDE, 80);
    }

    private static byte[] answer() {
        return udpPacket(OUTSIDE, 80, INSIDE, 40000);
    }

    private void watch() {
        judge.enforce(PolicyCompiler.watching());
    }

    @Test
    void connectionOfWhichAnAnswerWasSeenFirstGoesOn() {
        judge.policies();
        expect(INGRESS, answer(ACK), NO_POLICY + "ingress");
        judge.policies(OUT_ONLY);
        expect(INGRESS, answer(ACK), OUT);
        expect(EGRESS, question(ACK), OUT);
        assertEquals(EGRESS, judge.flow().opener());
    }

    @Test
    void connectionIsCutWhenNeitherSideMayHaveOpenedItAndGoesOnWhenOneMayAgain() {
        judge.policies();
        expect(INGRESS, answer(ACK), NO_POLICY + "ingress");
        judge.policies(NOTHING);
        expect(INGRESS, answer(ACK), "deny by closed/ingress/default");
        expect(EGRESS, question(ACK), "deny by closed/ingress/default");
        assertEquals(FlowState.CLOSING, judge.flow().state());
        judge.policies(OUT_ONLY);
        expect(EGRESS, question(ACK), OUT);
        expect(INGRESS, answer(ACK), OUT);
        assertEquals(FlowState.ESTABLISHED, judge.flow().state());
    }

    @Test
    void nothingNewIsOpenedInIt() {
        judge.policies();
        expect(INGRESS, answer(ACK), NO_POLICY + "ingress");
        judge.policies(OUT_ONLY);
        expect(INGRESS, answer(SYN), NOT_IN);
        expect(EGRESS, question(ACK), OUT);
        expect(INGRESS, answer(SYN), NOT_IN);
        expect(INGRESS, answer(ACK), OUT);
    }

    @Test
    void connectionThatIsSeenToBeOpenedAnewHasThatOpener() {
        judge.policies();
        expect(INGRESS, answer(ACK), NO_POLICY + "ingress");
        expect(EGRESS, question(ACK), NO_POLICY + "ingress");
        expect(INGRESS, answer(SYN), NO_POLICY + "ingress");
        expect(EGRESS, question(SYN | ACK), NO_POLICY + "ingress");
        expect(INGRESS, answer(ACK), NO_POLICY + "ingress");
        judge.policies(OUT_ONLY);
        expect(INGRESS, answer(ACK), NOT_IN);
        expect(EGRESS, question(ACK), NOT_IN);
    }

    @Test
    void datagramsOfBothSidesOnAWatchedDeviceGoOnWhoeverWasSeenFirst() {
        watch();
        expect(INGRESS, answer(), NO_POLICY + "ingress");
        expect(EGRESS, question(), NO_POLICY + "ingress");
        judge.policies(OUT_ONLY);
        expect(INGRESS, answer(), OUT);
        expect(EGRESS, question(), OUT);
        assertEquals(EGRESS, judge.flow().opener());
        assertEquals(FlowState.ESTABLISHED, judge.flow().state());
    }

    @Test
    void datagramsOfOneSideOnAWatchedDeviceWaitForTheOther() {
        watch();
        expect(INGRESS, answer(), NO_POLICY + "ingress");
        judge.policies(OUT_ONLY);
        expect(INGRESS, answer(), NOT_IN);
        expect(INGRESS, answer(), NOT_IN);
        expect(EGRESS, question(), OUT);
        expect(INGRESS, answer(), OUT);
        assertEquals(FlowState.ESTABLISHED, judge.flow().state());
    }

    @Test
    void datagramsThatNeitherSideMayHaveBegunAreCut() {
        watch();
        expect(EGRESS, question(), NO_POLICY + "egress");
        expect(INGRESS, answer(), NO_POLICY + "egress");
        judge.policies(NOTHING);
        expect(INGRESS, answer(), "deny by closed/egress/default");
        expect(EGRESS, question(), "deny by closed/egress/default");
    }

    /// Later than on a device that is only watched, whoever is seen first has opened the flow.
    @Test
    void datagramsAreJudgedByWhoIsSeenFirstWhereNoPolicySaysAnything() {
        judge.policies();
        expect(INGRESS, answer(), NO_POLICY + "ingress");
        expect(EGRESS, question(), NO_POLICY + "ingress");
        judge.policies(OUT_ONLY);
        expect(EGRESS, question(), NOT_IN);
        expect(INGRESS, answer(), NOT_IN);
    }
}
