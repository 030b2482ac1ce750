// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.ipv4;
import static dev.weir.agent.packet.Packet.sentBy;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// Who asks for an address has none yet: that much of DHCP is excused from having a source, and judged by the rules.
class DhcpTest extends GuardedTable {
    private static final String NONE = "0.0.0.0";
    private static final String BROADCAST = "255.255.255.255";
    private static final String SERVER = "198.51.100.254";

    private static final String CLIENT = """
            policy: lease
            applies-to: {namespaces: [blue]}
            ingress: {default: deny, rules: [{name: offer, allow: [udp/68, udp/546]}]}
            egress: {default: deny, rules: [{name: ask, allow: [udp/67, udp/547]}]}
            """;

    @Test
    void clientAsksWithoutAnAddress() {
        expect(EGRESS, udpPacket(NONE, 68, BROADCAST, 67), OUT);
        expect(EGRESS, udpPacket(NONE, 68, BROADCAST, 67), OUT); // again, by the flow that there is now
        expect(EGRESS, udpPacket(NONE, 68, SERVER, 67), OUT);
        assertEquals(2, judge.flows());
    }

    @Test
    void rulesStillJudge() {
        judge.policies(NOTHING);
        expect(EGRESS, udpPacket(NONE, 68, BROADCAST, 67), "deny by closed/egress/default");
        judge.policies(CLIENT);
        expect(EGRESS, udpPacket(NONE, 68, BROADCAST, 67), "allow by lease/egress/ask");
        expect(INGRESS, udpPacket(SERVER, 67, BROADCAST, 68), "allow by lease/ingress/offer");
        expect(INGRESS, udpPacket(SERVER, 67, STRANGER, 68), "allow by lease/ingress/offer"); // what is being offered
        expect(INGRESS, udpPacket(SERVER, 67, BROADCAST, 69), "deny by lease/ingress/default");
    }

    @Test
    void otherPortsAndProtocolsNeedASource() {
        expect(EGRESS, udpPacket(NONE, 67, BROADCAST, 68), SPOOF); // a server
        expect(EGRESS, udpPacket(NONE, 68, BROADCAST, 66), SPOOF);
        expect(EGRESS, udpPacket(NONE, 68, BROADCAST, 68), SPOOF);
        expect(EGRESS, udpPacket(NONE, 69, BROADCAST, 67), SPOOF);
        expect(EGRESS, tcpPacket(NONE, 68, BROADCAST, 67, SYN), SPOOF);
        expect(EGRESS, udpPacket(STRANGER, 68, BROADCAST, 67), SPOOF);
        expect(EGRESS, udpPacket("0.0.0.1", 68, BROADCAST, 67), SPOOF);
        expect(EGRESS, sentBy(OTHER_MAC, udpPacket(NONE, 68, BROADCAST, 67)), SPOOF);
        assertEquals(0, judge.flows());
    }

    @Test
    void answerOfTheClientToAnOfferIsHeldToItsSourceAgain() {
        expect(INGRESS, udpPacket(SERVER, 67, STRANGER, 68), IN);
        expect(EGRESS, udpPacket(STRANGER, 68, SERVER, 67), SPOOF);
        expect(EGRESS, udpPacket(INSIDE, 68, SERVER, 67), OUT); // renews what it holds
    }

    /// DHCP of IPv6 starts from a link-local address (RFC 8415, section 14.1).
    @Test
    void clientOfIpv6HasAnAddress() {
        judge.policies(CLIENT);
        expect(EGRESS, udpPacket(LINK_LOCAL, 546, "ff02::1:2", 547), "allow by lease/egress/ask");
        expect(INGRESS, udpPacket("fe80::9", 547, LINK_LOCAL, 546), "allow by lease/ingress/offer");
        expect(EGRESS, udpPacket("::", 546, "ff02::1:2", 547), SPOOF);
        expect(EGRESS, udpPacket("fe80::9", 546, "ff02::1:2", 547), SPOOF);
        expect(EGRESS, udpPacket("::", 68, "ff02::1:2", 67), SPOOF); // ports of IPv4
        expect(EGRESS, udpPacket("::", 68, OUTSIDE6, 67), SPOOF);
    }

    @Test
    void fragmentsOfItFollowTheFirst() {
        byte[] first = ethernet(0x0800, ipv4(NONE, BROADCAST, 17, 0x2000, udp(68, 67, new byte[24])));
        byte[] later = ethernet(0x0800, ipv4(NONE, BROADCAST, 17, 4, new byte[24]));
        expect(EGRESS, later, "drop fragment");
        expect(EGRESS, first, OUT);
        expect(EGRESS, later, OUT);
        expect(EGRESS, ethernet(0x0800, ipv4(NONE, BROADCAST, 17, 0x2000, udp(67, 68, new byte[24]))), SPOOF);
        expect(EGRESS, later, SPOOF);
    }
}
