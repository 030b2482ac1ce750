// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.PSH;
import static dev.weir.agent.packet.Packet.RST;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.icmp;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.tcp;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `on-change: reset`: the packets of a flow that a policy change has cut. What goes on to the receiver of
/// the first one is seen only on real devices.
class ResetTest extends PacketTable {
    private static final String ALLOW = "allow by web/ingress/http";
    private static final String DENY_IN = "deny by closed/ingress/default";
    private static final int CLIENT = 1000;
    private static final int SERVER = 5000;

    private static byte[] fromClient(int flags) {
        return ip(OUTSIDE, INSIDE, 6, tcp(40000, 80, CLIENT, flags == SYN ? 0 : SERVER, flags, new byte[0]));
    }

    private static byte[] fromServer(int flags) {
        return ip(INSIDE, OUTSIDE, 6, tcp(80, 40000, SERVER, CLIENT, flags, new byte[0]));
    }

    private static final byte[] TO_CLIENT = Reply.rst(INSIDE, 80, OUTSIDE, 40000, SERVER, 0, 0);
    private static final byte[] TO_SERVER = Reply.rst(OUTSIDE, 40000, INSIDE, 80, CLIENT, 0, 0);

    private void establish(String onChange) {
        judge.policies("on-change: " + onChange + "\n" + WEB);
        expect(INGRESS, fromClient(SYN), ALLOW);
        expect(EGRESS, fromServer(SYN | ACK), ALLOW);
        expect(INGRESS, fromClient(ACK), ALLOW);
    }

    private void answeredBy(byte[] rst) {
        assertEquals(
                HexFormat.of().formatHex(rst),
                judge.answer().map(HexFormat.of()::formatHex).orElse("no answer"));
    }

    private void unanswered() {
        assertEquals("no answer", judge.answer().map(HexFormat.of()::formatHex).orElse("no answer"));
    }

    @Test
    void everyPacketOfACutFlowIsAnsweredWhicheverSideSendsIt() {
        establish("reset");
        judge.policies(NOTHING);
        for (int i = 0; i < 2; i++) {
            expect(INGRESS, fromClient(ACK | PSH), DENY_IN);
            answeredBy(TO_CLIENT);
            expect(EGRESS, fromServer(ACK), DENY_IN);
            answeredBy(TO_SERVER);
        }
    }

    @Test
    void furtherChangesKeepItCut() {
        establish("reset");
        judge.policies(NOTHING);
        expect(INGRESS, fromClient(ACK), DENY_IN);
        judge.policies(NOTHING.replace("closed", "shut"));
        expect(EGRESS, fromServer(ACK), "deny by shut/ingress/default");
        answeredBy(TO_SERVER);
        expect(EGRESS, fromServer(ACK), "deny by shut/ingress/default");
        answeredBy(TO_SERVER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reevaluate", "keep"})
    void otherPoliciesAnswerNothing(String onChange) {
        String verdict = onChange.equals("keep") ? ALLOW : DENY_IN;
        establish(onChange);
        judge.policies("on-change: reset\n" + NOTHING);
        expect(INGRESS, fromClient(ACK), verdict);
        unanswered();
        expect(EGRESS, fromServer(ACK), verdict);
        unanswered();
    }

    @Test
    void whatStaysAllowedIsNotAnswered() {
        establish("reset");
        judge.policies(WEB.replace("name: http", "name: renamed"));
        expect(INGRESS, fromClient(ACK), "allow by web/ingress/renamed");
        unanswered();
        judge.policies(NOTHING);
        expect(INGRESS, fromClient(ACK), DENY_IN); // the policy that allowed it last says reevaluate
        unanswered();
    }

    @ParameterizedTest
    @ValueSource(ints = {RST, RST | ACK})
    void nothingAnswersARst(int flags) {
        establish("reset");
        judge.policies(NOTHING);
        expect(EGRESS, fromServer(flags), DENY_IN);
        unanswered();
        expect(EGRESS, fromServer(flags), DENY_IN);
        unanswered();
        expect(INGRESS, fromClient(ACK), DENY_IN);
        answeredBy(TO_CLIENT);
    }

    @Test
    void newConnectionOnItsPortsIsDeniedInSilence() {
        establish("reset");
        judge.policies(NOTHING);
        expect(INGRESS, fromClient(ACK), DENY_IN);
        expect(INGRESS, fromClient(SYN), DENY_IN);
        unanswered();
        expect(EGRESS, fromServer(SYN), "deny by closed/egress/default");
        unanswered();
    }

    @Test
    void synThatIsSentAgainIsAnsweredAsOne() {
        judge.policies("on-change: reset\n" + WEB);
        expect(INGRESS, fromClient(SYN), ALLOW);
        judge.policies(NOTHING);
        expect(INGRESS, fromClient(SYN), DENY_IN);
        answeredBy(Reply.rst(INSIDE, 80, OUTSIDE, 40000, 0, CLIENT + 1, ACK));
    }

    @Test
    void onlyTcpIsAnswered() {
        judge.policies("on-change: reset\n" + WEB);
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), ALLOW);
        judge.policies(NOTHING);
        for (int i = 0; i < 2; i++) {
            expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), DENY_IN);
            unanswered();
        }
    }

    @Test
    void errorAboutACutFlowIsNotAnswered() {
        establish("reset");
        judge.policies(NOTHING);
        byte[] error = ip(INSIDE, OUTSIDE, 1, icmp(3, 4, 0, quote(fromClient(ACK))));
        for (int i = 0; i < 2; i++) {
            expect(EGRESS, error, DENY_IN);
            unanswered();
        }
        expect(EGRESS, fromServer(ACK), DENY_IN);
        answeredBy(TO_SERVER);
    }

    @Test
    void rejectAnswersTheReceiverOfTheFirstPacketToo() {
        establish("reset");
        judge.policies(RejectTable.REJECT);
        for (byte[] frame : List.of(fromClient(ACK), fromClient(ACK | PSH))) {
            expect(INGRESS, frame, "reject by shut/ingress/default");
            answeredBy(TO_CLIENT);
        }
    }
}
