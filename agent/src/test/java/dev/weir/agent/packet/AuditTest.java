// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.ping;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Verdict;
import dev.weir.policy.PolicySet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Policies in audit mode, alone and between others: what they would not let pass does, and is told by their rule.
class AuditTest extends PacketTable {
    private static String shadow(String mode, String rest) {
        return """
                policy: shadow
                priority: 50
                applies-to: {namespaces: [blue]}
                mode: %s
                %s
                """.formatted(mode, rest);
    }

    private static String first(String rest) {
        return "policy: first\npriority: 10\napplies-to: {namespaces: [blue]}\n" + rest;
    }

    private static String last(String rest) {
        return "policy: last\npriority: 90\napplies-to: {namespaces: [blue]}\n" + rest;
    }

    private void expectWeb(int port, String verdict) {
        expect(INGRESS, tcpPacket(OUTSIDE, 40000 + port, INSIDE, port, SYN), verdict);
    }

    @ParameterizedTest
    @ValueSource(strings = {"deny", "reject"})
    void whatItWouldNotLetPassPassesAndIsTold(String verdict) {
        judge.policies(shadow("audit", """
                ingress: {default: %s, rules: [{name: web, allow: tcp/80}, {name: no, %s: tcp/82}]}
                """.formatted(verdict, verdict)));
        expectWeb(80, "allow by unselected/ingress");
        expectWeb(81, "audit by shadow/ingress/default");
        expectWeb(82, "audit by shadow/ingress/no");
        expect(EGRESS, tcpPacket(INSIDE, 40000, OUTSIDE, 81, SYN), "allow by unselected/egress");
    }

    @Test
    void inTheMiddleItTellsOnlyWhatItsPlaceIsAskedFor() {
        judge.policies(
                first("ingress: {rules: [{name: early, allow: tcp/80}, {name: never, deny: tcp/81}]}"),
                shadow("audit", "ingress: {default: deny, rules: [{name: no, deny: [tcp/80-82]}]}"),
                last("ingress: {default: deny, rules: [{name: late, allow: [tcp/80-83]}]}"));
        expectWeb(80, "allow by first/ingress/early");
        expectWeb(81, "deny by first/ingress/never");
        expectWeb(82, "audit by shadow/ingress/no");
        expectWeb(83, "allow by last/ingress/late");
        expectWeb(84, "deny by last/ingress/default"); // its default would come first, and deny it too
    }

    @Test
    void itsDefaultStandsForThoseBehindIt() {
        judge.policies(
                shadow("audit", "ingress: {default: deny, rules: [{name: web, allow: tcp/80}]}"),
                last("ingress: {default: allow}"));
        expectWeb(80, "allow by last/ingress/default");
        expectWeb(81, "audit by shadow/ingress/default");
    }

    @Test
    void whatItWouldLetPassIsDeniedStill() {
        judge.policies(
                shadow("audit", "ingress: {default: allow, rules: [{name: web, allow: tcp/80}]}"),
                last("ingress: {default: deny, rules: [{name: late, reject: tcp/81}]}"));
        expectWeb(80, "deny by last/ingress/default");
        expectWeb(81, "reject by last/ingress/late");
    }

    @Test
    void flowFollowsTheModeAsItIsSwitched() {
        String denies = "ingress: {default: deny}";
        judge.policies(shadow("audit", denies));
        expectWeb(80, "audit by shadow/ingress/default");
        assertEquals(Verdict.AUDIT, judge.flow().verdict());
        judge.policies(shadow("enforce", denies));
        expect(INGRESS, tcpPacket(OUTSIDE, 40080, INSIDE, 80, ACK), "deny by shadow/ingress/default");
        judge.policies(shadow("audit", denies));
        expect(INGRESS, tcpPacket(OUTSIDE, 40080, INSIDE, 80, ACK), "audit by shadow/ingress/default");
        judge.policies(PolicySet.EMPTY);
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40080, ACK), "allow by unselected/ingress");
    }

    @Test
    void repliesToWhatMayBeOpenedAreNotTold() {
        judge.policies(shadow("audit", WEB.substring(WEB.indexOf("ingress:"))));
        // enforced, it would let both pass: nothing says that blue opened them
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, ACK), "allow by unselected/ingress");
        expect(EGRESS, ping(INSIDE, OUTSIDE, 7, true), "allow by unselected/ingress");
        expect(EGRESS, tcpPacket(INSIDE, 81, OUTSIDE, 40000, ACK), "audit by shadow/egress/default");
    }
}
