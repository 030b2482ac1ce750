// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.FIN;
import static dev.weir.agent.packet.Packet.PSH;
import static dev.weir.agent.packet.Packet.RST;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.URG;
import static dev.weir.agent.packet.Packet.ping;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import dev.weir.abi.Handshakes;
import dev.weir.net.KernelClock;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Flags that no sender may set, conversations that were there before us, their end, and their ports used again.
class TcpStateTest extends PacketTable {
    /// The rest of the six classic flags is free: PSH.
    private static final Set<Integer> POSSIBLE =
            Set.of(SYN, SYN | URG, SYN | ACK, RST, RST | ACK, FIN | ACK, FIN | ACK | URG, ACK, ACK | URG);

    private static final int ECE_AND_CWR = 0xc0;

    @Test
    void flagsThatContradictEachOtherAreMalformed() {
        judge.policies();
        for (int flags = 0; flags < 64; flags++) {
            boolean possible = POSSIBLE.contains(flags & ~PSH);
            String verdict = possible ? "allow by unselected/ingress" : "drop malformed";
            expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, flags), verdict);
            expect(INGRESS, tcpPacket(OUTSIDE6, 40000, INSIDE6, 80, flags | ECE_AND_CWR), verdict);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {ACK, ACK | PSH, FIN | ACK, RST, RST | ACK})
    void inMidStreamEitherSideMayHaveOpened(int flags) {
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, flags), "allow by web/ingress/http");
        expect(INGRESS, tcpPacket(OUTSIDE, 40001, INSIDE, 80, ACK), "allow by web/ingress/http");
        expect(EGRESS, tcpPacket(INSIDE, 40002, OUTSIDE, 80, flags), "deny by web/egress/default");
        expect(INGRESS, tcpPacket(OUTSIDE, 80, INSIDE, 40002, ACK), "deny by web/ingress/default");
        assertEquals(2, judge.flows());
    }

    @Test
    void synWithAckAnswersTheOtherSide() {
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, SYN | ACK), "allow by web/ingress/http");
        assertEquals(INGRESS, judge.flow().opener());
        expect(EGRESS, tcpPacket(INSIDE, 81, OUTSIDE, 40000, SYN | ACK), "deny by web/ingress/default");
    }

    @ParameterizedTest
    @ValueSource(ints = {ACK, SYN | ACK, RST, FIN | ACK})
    void pretendedMidStreamOpensNoWayForASyn(int flags) {
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 443, flags), "allow by web/ingress/http");
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 443, SYN), "deny by web/egress/default");
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 443, SYN | PSH), "deny by web/egress/default");
        expect(INGRESS, tcpPacket(OUTSIDE, 443, INSIDE, 80, SYN), "allow by web/ingress/http");
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 443, SYN | ACK), "allow by web/ingress/http");
    }

    @Test
    void refusedSynLeavesTheLiveFlowAsItIs() {
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN), "allow by web/ingress/http");
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, SYN | ACK), "allow by web/ingress/http");
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, SYN), "deny by web/egress/default");
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, ACK), "allow by web/ingress/http");
        assertEquals(INGRESS, judge.flow().opener());
        assertEquals(FlowState.ESTABLISHED, judge.flow().state());
        assertEquals(1, judge.flow().egressPackets());
        assertEquals(2, judge.flow().ingressPackets());
    }

    @Test
    void synOfTheOtherSideOpensWhereItMay() {
        judge.policies();
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 443, ACK), "allow by unselected/egress");
        expect(INGRESS, tcpPacket(OUTSIDE, 443, INSIDE, 80, SYN), "allow by unselected/ingress");
        assertEquals(INGRESS, judge.flow().opener());
        assertEquals(FlowState.NEW, judge.flow().state());
    }

    @Test
    void echoReplyOpensNoWayForTheRequest() {
        judge.policies("""
                policy: odd
                applies-to: {namespaces: [blue]}
                ingress: {default: deny}
                egress: {default: deny, rules: [{name: reply, allow: icmp/echo-reply}]}
                """);
        expect(EGRESS, ping(INSIDE, OUTSIDE, 7, true), "allow by odd/egress/reply");
        expect(INGRESS, ping(OUTSIDE, INSIDE, 7, false), "deny by odd/ingress/default");
    }

    @Test
    void stateFollowsTheConversation() {
        said(INGRESS, SYN, FlowState.NEW);
        said(INGRESS, SYN, FlowState.NEW);
        said(EGRESS, SYN | ACK, FlowState.ANSWERED);
        said(INGRESS, SYN, FlowState.ANSWERED); // the answer was lost on its way
        said(EGRESS, SYN | ACK, FlowState.ANSWERED);
        said(INGRESS, ACK, FlowState.ESTABLISHED);
        said(EGRESS, ACK | PSH, FlowState.ESTABLISHED);
        said(EGRESS, FIN | ACK, FlowState.CLOSING);
        said(EGRESS, FIN | ACK, FlowState.CLOSING); // sent again
        said(INGRESS, ACK, FlowState.CLOSING);
        said(INGRESS, FIN | ACK, FlowState.CLOSED);
        said(EGRESS, ACK, FlowState.CLOSED);
        assertEquals(6, judge.flow().ingressPackets());
        assertEquals(6, judge.flow().egressPackets());
    }

    @ParameterizedTest
    @ValueSource(ints = {RST, RST | ACK})
    void resetOfEitherSideClosesAtOnce(int reset) {
        said(INGRESS, SYN, FlowState.NEW);
        said(EGRESS, reset, FlowState.CLOSED);
        said(INGRESS, SYN, FlowState.NEW);
        said(EGRESS, SYN | ACK, FlowState.ANSWERED);
        said(INGRESS, ACK, FlowState.ESTABLISHED);
        said(INGRESS, reset, FlowState.CLOSED);
    }

    @Test
    void handshakeIsTimedFromSynToAcknowledgement() {
        said(INGRESS, SYN, FlowState.NEW);
        said(EGRESS, SYN | ACK, FlowState.ANSWERED);
        assertEquals(0, judge.flow().handshakeMicros());
        long began = judge.flow().openedNanos();
        said(INGRESS, ACK, FlowState.ESTABLISHED);
        long most = (KernelClock.monotonicNanos() - began) / 1000;
        int micros = judge.flow().handshakeMicros();
        assertTrue(0 < micros && micros <= most, micros + " us, of " + most);

        Handshakes handshakes = judge.handshakes();
        int bucket = 0;
        while (bucket < 15 && micros >= Handshakes.FIRST_MICROS << bucket) {
            bucket++;
        }
        assertEquals(1L, handshakes.ingress().get(bucket));
        assertEquals(1L, handshakes.ingress().stream().mapToLong(count -> count).sum());
        assertEquals(micros, Math.max(1, handshakes.ingressMicros()));
        assertEquals(0L, handshakes.egress().stream().mapToLong(count -> count).sum());
    }

    @Test
    void whatBeganBeforeUsIsNotTimed() {
        said(INGRESS, ACK, FlowState.NEW);
        said(EGRESS, ACK, FlowState.ESTABLISHED);
        said(INGRESS, ACK, FlowState.ESTABLISHED);
        assertEquals(0, judge.flow().handshakeMicros());
        assertEquals(0L, judge.handshakes().ingressMicros());
    }

    @ParameterizedTest
    @ValueSource(ints = {RST, RST | ACK, FIN | ACK})
    void portsOfAnEndedFlowAreOpenedAnew(int end) {
        FlowState ended = end == (FIN | ACK) ? FlowState.CLOSING : FlowState.CLOSED;
        said(INGRESS, SYN, FlowState.NEW);
        said(EGRESS, end, ended);
        long began = judge.flow().openedNanos();
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, SYN), "deny by web/egress/default");
        assertEquals(ended, judge.flow().state());
        assertEquals(began, judge.flow().openedNanos());
        said(INGRESS, SYN, FlowState.NEW);
        assertEquals(INGRESS, judge.flow().opener());
        assertEquals(1, judge.flow().ingressPackets());
        assertEquals(0, judge.flow().egressPackets());
        assertTrue(began < judge.flow().openedNanos());
        said(EGRESS, SYN | ACK, FlowState.ANSWERED);
        assertEquals(1, judge.flows());
        assertEquals(2, judge.opened());
        assertEquals(1, judge.closed());
    }

    /// A host that has crashed opens the connection again that the other side still believes in.
    @Test
    void connectionThatIsOpenedOverALiveOneIsAnotherFlow() {
        said(INGRESS, SYN, FlowState.NEW);
        said(EGRESS, SYN | ACK, FlowState.ANSWERED);
        said(INGRESS, ACK, FlowState.ESTABLISHED);
        said(INGRESS, SYN, FlowState.ESTABLISHED);
        said(EGRESS, ACK, FlowState.ESTABLISHED); // a challenge, RFC 9293 section 3.10.7.4
        assertEquals(1, judge.opened());
        said(EGRESS, SYN | ACK, FlowState.ESTABLISHED); // agreed
        assertEquals(2, judge.opened());
        assertEquals(1, judge.closed());
        assertEquals(1, judge.flow().egressPackets());
        assertEquals(0, judge.flow().ingressPackets());
        assertEquals(0, judge.flow().handshakeMicros());
    }

    private void said(Direction direction, int flags, FlowState state) {
        byte[] packet = direction == INGRESS
                ? tcpPacket(OUTSIDE, 40000, INSIDE, 80, flags)
                : tcpPacket(INSIDE, 80, OUTSIDE, 40000, flags);
        expect(direction, packet, "allow by web/ingress/http");
        assertEquals(state, judge.flow().state());
    }
}
