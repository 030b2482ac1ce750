// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.FIN;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udpPacket;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of a flow that is alive when a change denies it: `on-change` of the policy that allowed it.
class OnChangeTest extends PacketTable {
    private static final String OPEN = "allow by web/ingress/http";
    private static final String CLOSED = "deny by web/ingress/default";

    private static String policy(String onChange, String services) {
        return """
                policy: web
                applies-to: {namespaces: [blue]}
                on-change: %s
                ingress: {default: deny, rules: [{name: http, allow: [%s]}]}
                egress: {default: deny}
                """.formatted(onChange, services);
    }

    private static byte[] toWeb(int port, int flags) {
        return tcpPacket(OUTSIDE, port, INSIDE, 80, flags);
    }

    private static byte[] fromWeb(int port, int flags) {
        return tcpPacket(INSIDE, 80, OUTSIDE, port, flags);
    }

    /// A connection from `port` to tcp/80, allowed by a policy that says what becomes of it on a change.
    private void open(String onChange, int port) {
        judge.policies(policy(onChange, "tcp/80, udp/80"));
        expect(INGRESS, toWeb(port, SYN), OPEN);
        expect(EGRESS, fromWeb(port, SYN | ACK), OPEN);
        expect(INGRESS, toWeb(port, ACK), OPEN);
    }

    @Test
    void keptFlowGoesOnBothWaysAndANewOneIsDenied() {
        open("keep", 40000);
        judge.policies(policy("keep", "tcp/81"));
        expect(INGRESS, toWeb(40000, ACK), OPEN);
        expect(EGRESS, fromWeb(40000, ACK), OPEN);
        expect(INGRESS, toWeb(40001, SYN), CLOSED);
        expect(INGRESS, toWeb(40001, ACK), CLOSED);
    }

    @Test
    void keptFlowOutlivesItsPolicy() {
        open("keep", 40000);
        judge.policies(NOTHING);
        expect(INGRESS, toWeb(40000, ACK), OPEN);
        judge.policies(NOTHING.replace("closed", "still-closed"));
        judge.policies(NOTHING);
        expect(EGRESS, fromWeb(40000, ACK), OPEN);
        expect(INGRESS, toWeb(40001, SYN), "deny by closed/ingress/default");
    }

    @ParameterizedTest
    @ValueSource(strings = {"reevaluate", "reset"})
    void otherFlowsAreCutOnTheirNextPacket(String onChange) {
        open(onChange, 40000);
        judge.policies(policy(onChange, "tcp/81"));
        expect(INGRESS, toWeb(40000, ACK), CLOSED);
        expect(EGRESS, fromWeb(40000, ACK), CLOSED);
    }

    @Test
    void keptUdpFlowGoesOn() {
        judge.policies(policy("keep", "udp/80"));
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), OPEN);
        judge.policies(NOTHING);
        expect(EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 40000), OPEN);
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), OPEN);
        expect(INGRESS, udpPacket(OUTSIDE, 40001, INSIDE, 80), "deny by closed/ingress/default");
    }

    @Test
    void keptFlowThatHasEndedIsNotOpenedAgain() {
        open("keep", 40000);
        judge.policies(NOTHING);
        expect(INGRESS, toWeb(40000, FIN | ACK), OPEN);
        expect(EGRESS, fromWeb(40000, FIN | ACK), OPEN);
        expect(INGRESS, toWeb(40000, ACK), OPEN);
        expect(INGRESS, toWeb(40000, SYN), "deny by closed/ingress/default");
    }

    @Test
    void denialIsNotKept() {
        open("reevaluate", 40000);
        judge.policies(policy("keep", "tcp/81"));
        expect(INGRESS, toWeb(40000, ACK), CLOSED);
        judge.policies(policy("keep", "tcp/80"));
        expect(INGRESS, toWeb(40000, ACK), OPEN);
    }

    @Test
    void whatPassedByNoRuleIsJudgedAnew() {
        judge.policies();
        expect(INGRESS, toWeb(40000, SYN), "allow by unselected/ingress");
        judge.policies(policy("keep", "tcp/81"));
        expect(INGRESS, toWeb(40000, ACK), CLOSED);
    }

    @Test
    void keptFlowIsJudgedAnewOnceAnAddressHasMoved() {
        judge.holds("red", OUTSIDE);
        open("keep", 40000);
        judge.policies(NOTHING);
        expect(INGRESS, toWeb(40000, ACK), OPEN);
        judge.holds("green", OUTSIDE);
        expect(INGRESS, toWeb(40000, ACK), "deny by closed/ingress/default");
    }

    @Test
    void keptFlowGoesOnWhenAddressesOfOthersMove() {
        open("keep", 40000);
        judge.policies(NOTHING);
        judge.holds("red", "192.0.2.200");
        expect(INGRESS, toWeb(40000, ACK), OPEN);
    }

    @Test
    void addressThatMovesBeforeTheChangeLeavesTheFlowToBeKept() {
        open("keep", 40000);
        judge.holds("red", OUTSIDE);
        expect(INGRESS, toWeb(40000, ACK), OPEN);
        judge.policies(NOTHING);
        expect(INGRESS, toWeb(40000, ACK), OPEN);
    }
}
