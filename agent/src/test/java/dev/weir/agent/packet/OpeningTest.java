// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.FIN;
import static dev.weir.agent.packet.Packet.PSH;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.ping;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.u16;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A rule judges who opens a flow; what answers it passes, what only looks like an answer does not.
class OpeningTest extends PacketTable {
    private static final String IN = """
            policy: p
            applies-to: {namespaces: [blue]}
            ingress: {default: deny, rules: [{name: web, allow: [tcp/80, udp/80, sctp/80]}]}
            egress: {default: deny}
            """;
    private static final String OUT = """
            policy: p
            applies-to: {namespaces: [blue]}
            ingress: {default: deny}
            egress: {default: deny, rules: [{name: web, allow: [tcp/80, udp/80, sctp/80]}]}
            """;

    @ParameterizedTest
    @CsvSource({"198.51.100.1, 192.0.2.1", "2001:db8:1::1, 2001:db8:2::1"})
    void tcpIsJudgedByWhoSendsTheFirstSyn(String inside, String outside) {
        judge.policies(IN);
        expect(INGRESS, tcpPacket(outside, 40000, inside, 80, SYN), "allow by p/ingress/web");
        expect(EGRESS, tcpPacket(inside, 80, outside, 40000, SYN | ACK), "allow by p/ingress/web");
        expect(INGRESS, tcpPacket(outside, 40000, inside, 80, ACK), "allow by p/ingress/web");
        expect(EGRESS, tcpPacket(inside, 80, outside, 40000, ACK | PSH), "allow by p/ingress/web");
        expect(INGRESS, tcpPacket(outside, 40000, inside, 80, ACK | FIN), "allow by p/ingress/web");
        assertEquals(1, judge.flows());

        expect(EGRESS, tcpPacket(inside, 40000, outside, 80, SYN), "deny by p/egress/default");
        expect(INGRESS, tcpPacket(outside, 80, inside, 40000, SYN | ACK), "deny by p/egress/default");
        expect(INGRESS, tcpPacket(outside, 40000, inside, 79, SYN), "deny by p/ingress/default");
        expect(INGRESS, tcpPacket(outside, 40000, inside, 81, SYN), "deny by p/ingress/default");
        assertEquals(1, judge.flows());
    }

    @ParameterizedTest
    @CsvSource({"198.51.100.1, 192.0.2.1", "2001:db8:1::1, 2001:db8:2::1"})
    void tcpFromInsideLikewise(String inside, String outside) {
        judge.policies(OUT);
        expect(EGRESS, tcpPacket(inside, 40000, outside, 80, SYN), "allow by p/egress/web");
        expect(INGRESS, tcpPacket(outside, 80, inside, 40000, SYN | ACK), "allow by p/egress/web");
        expect(INGRESS, tcpPacket(outside, 40001, inside, 80, SYN), "deny by p/ingress/default");
        expect(EGRESS, tcpPacket(inside, 80, outside, 40001, SYN | ACK), "deny by p/ingress/default");
        assertEquals(1, judge.flows());
    }

    @ParameterizedTest
    @CsvSource({"198.51.100.1, 192.0.2.1", "2001:db8:1::1, 2001:db8:2::1"})
    void udpIsJudgedByItsFirstPacket(String inside, String outside) {
        judge.policies(IN);
        expect(EGRESS, udpPacket(inside, 80, outside, 40000), "deny by p/egress/default");
        expect(INGRESS, udpPacket(outside, 40000, inside, 80), "allow by p/ingress/web");
        expect(EGRESS, udpPacket(inside, 80, outside, 40000), "allow by p/ingress/web");
        expect(INGRESS, udpPacket(outside, 80, inside, 40000), "deny by p/ingress/default");

        judge.policies(OUT);
        judge.forgetFlows();
        expect(INGRESS, udpPacket(outside, 80, inside, 40000), "deny by p/ingress/default");
        expect(EGRESS, udpPacket(inside, 40000, outside, 80), "allow by p/egress/web");
        expect(INGRESS, udpPacket(outside, 80, inside, 40000), "allow by p/egress/web");
    }

    @Test
    void sctpIsJudgedByItsPorts() {
        byte[] body = new byte[8];
        judge.policies(IN);
        expect(INGRESS, ip(OUTSIDE, INSIDE, 132, join(u16(4000), u16(80), body)), "allow by p/ingress/web");
        expect(EGRESS, ip(INSIDE, OUTSIDE, 132, join(u16(80), u16(4000), body)), "allow by p/ingress/web");
        expect(INGRESS, ip(OUTSIDE, INSIDE, 132, join(u16(80), u16(4000), body)), "deny by p/ingress/default");
    }

    @Test
    void samePortsWithAnotherAddressAreAnotherFlow() {
        judge.policies(IN);
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), "allow by p/ingress/web");
        expect(EGRESS, udpPacket(INSIDE, 80, "192.0.2.2", 40000), "deny by p/egress/default");
        expect(EGRESS, udpPacket("198.51.100.2", 80, OUTSIDE, 40000), "deny by p/egress/default");
        expect(EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 40001), "deny by p/egress/default");
        expect(EGRESS, udpPacket(INSIDE, 81, OUTSIDE, 40000), "deny by p/egress/default");
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, SYN), "deny by p/egress/default");
    }

    @ParameterizedTest
    @CsvSource({"198.51.100.1, 192.0.2.1", "2001:db8:1::1, 2001:db8:2::1"})
    void pingsAreToldApartByTheirIdentifierAndByWhoAsks(String inside, String outside) {
        expect(INGRESS, ping(outside, inside, 7, false), "allow by web/ingress/ping");
        expect(EGRESS, ping(inside, outside, 7, true), "allow by web/ingress/ping");
        expect(EGRESS, ping(inside, outside, 7, false), "deny by web/egress/default");
        expect(INGRESS, ping(outside, inside, 7, true), "deny by web/ingress/default");
        assertEquals(1, judge.flows());
    }

    @Test
    void replyToADeniedPingIsDenied() {
        judge.policies(NOTHING);
        expect(EGRESS, ping(INSIDE, OUTSIDE, 7, false), "deny by closed/egress/default");
        expect(INGRESS, ping(OUTSIDE, INSIDE, 7, true), "deny by closed/ingress/default");
        assertEquals(0, judge.flows());
    }

    @Test
    void protocolsWithoutPortsAreAFlowByTheirAddresses() {
        judge.policies("""
                policy: tunnel
                applies-to: {namespaces: [blue]}
                ingress: {default: deny}
                egress: {default: deny, rules: [{name: gre, allow: proto/47, to: 192.0.2.0/25}]}
                """);
        expect(INGRESS, ip("192.0.2.127", INSIDE, 47, new byte[8]), "deny by tunnel/ingress/default");
        expect(EGRESS, ip(INSIDE, "192.0.2.127", 47, new byte[0]), "allow by tunnel/egress/gre");
        expect(INGRESS, ip("192.0.2.127", INSIDE, 47, new byte[8]), "allow by tunnel/egress/gre");
        expect(EGRESS, ip(INSIDE, "192.0.2.128", 47, new byte[8]), "deny by tunnel/egress/default");
        expect(EGRESS, ip(INSIDE, "192.0.2.127", 46, new byte[8]), "deny by tunnel/egress/default");
    }

    @Test
    void multicastAndBroadcastAreJudgedLikeAnyAddress() {
        judge.policies("""
                policy: names
                applies-to: {namespaces: [blue]}
                egress: {default: deny, rules: [{name: mdns, allow: udp/5353, to: [224.0.0.251, "ff02::fb"]}]}
                """);
        expect(EGRESS, udpPacket(INSIDE, 5353, "224.0.0.251", 5353), "allow by names/egress/mdns");
        expect(EGRESS, udpPacket(INSIDE6, 5353, "ff02::fb", 5353), "allow by names/egress/mdns");
        expect(EGRESS, udpPacket(INSIDE, 5353, "255.255.255.255", 5353), "deny by names/egress/default");
    }

    @Test
    void peersByNameFollowTheHolderOfTheAddress() {
        judge.holds("red", OUTSIDE).holds("red", OUTSIDE6);
        judge.policies("""
                policy: friends
                applies-to: {namespaces: [blue]}
                ingress: {default: deny, rules: [{name: red, allow: any, from: "namespace:red"}]}
                """);
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), "allow by friends/ingress/red");
        expect(INGRESS, udpPacket(OUTSIDE6, 40000, INSIDE6, 80), "allow by friends/ingress/red");
        expect(INGRESS, udpPacket("192.0.2.2", 40000, INSIDE, 80), "deny by friends/ingress/default");
    }

    @Test
    void whereNoPolicySaysAnythingUnselectedDecides() {
        judge.policies("""
                policy: other
                applies-to: {namespaces: [red]}
                ingress: {default: deny}
                """);
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), "allow by unselected/ingress");
        expect(EGRESS, udpPacket(INSIDE, 40000, OUTSIDE, 80), "allow by unselected/egress");
    }
}
