// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.SENDER;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.extension;
import static dev.weir.agent.packet.Packet.icmp;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ipv4Options;
import static dev.weir.agent.packet.Packet.ping;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A group or a broadcast is an address like any other, and so is what says who is in a group.
class MulticastTest extends GuardedTable {
    private static final byte[] ROUTER_ALERT = {(byte) 0x94, 4, 0, 0}; // RFC 2113
    private static final String POLICY = """
            policy: groups
            applies-to: {namespaces: [blue]}
            ingress:
              default: deny
              rules: [{name: mdns, allow: udp/5353, from: [192.0.2.0/24, "2001:db8:2::/48"]}]
            egress:
              default: deny
              rules:
                - {name: mdns, allow: udp/5353, to: [224.0.0.251, "ff02::fb"]}
                - {name: broadcast, allow: udp/9, to: [255.255.255.255, 198.51.100.255]}
                - {name: igmp, allow: proto/2, to: 224.0.0.0/4}
                - {name: mld, allow: [icmpv6/131, icmpv6/132, icmpv6/143], to: "ff02::/16"}
            """;

    /// As a host of IPv4 joins a group (RFC 3376, section 4).
    private static byte[] igmp(String source, String group) {
        return ethernet(0x0800, ipv4Options(source, group, 2, ROUTER_ALERT, new byte[8]));
    }

    /// The same of IPv6 (RFC 3810, section 5), behind a router alert.
    private static byte[] mld(String source, String group, int type) {
        return ip(source, group, 0, extension(58, icmp(type, 0, 0, new byte[16])));
    }

    @ParameterizedTest
    @CsvSource({
        INSIDE + ", 224.0.0.251, 5353, allow by groups/egress/mdns",
        INSIDE + ", 224.0.0.250, 5353, deny by groups/egress/default",
        INSIDE + ", 224.0.0.251, 5354, deny by groups/egress/default",
        INSIDE6 + ", ff02::fb, 5353, allow by groups/egress/mdns",
        LINK_LOCAL + ", ff02::fb, 5353, allow by groups/egress/mdns",
        LINK_LOCAL + ", ff02::fc, 5353, deny by groups/egress/default",
        INSIDE + ", 255.255.255.255, 9, allow by groups/egress/broadcast",
        INSIDE + ", 198.51.100.255, 9, allow by groups/egress/broadcast",
        INSIDE + ", 198.51.100.254, 9, deny by groups/egress/default",
        STRANGER + ", 224.0.0.251, 5353, drop spoof",
        STRANGER6 + ", ff02::fb, 5353, drop spoof",
        "0.0.0.0, 224.0.0.251, 5353, drop spoof",
        "::, ff02::fb, 5353, drop spoof"
    })
    void whatLeavesIsJudgedByItsGroup(String source, String group, int port, String verdict) {
        judge.policies(POLICY);
        expect(EGRESS, udpPacket(source, 5353, group, port), verdict);
    }

    @ParameterizedTest
    @CsvSource({
        OUTSIDE + ", 224.0.0.251, allow by groups/ingress/mdns",
        OUTSIDE + ", 255.255.255.255, allow by groups/ingress/mdns",
        OUTSIDE6 + ", ff02::fb, allow by groups/ingress/mdns",
        "203.0.113.1, 224.0.0.251, deny by groups/ingress/default",
        "203.0.113.1, 255.255.255.255, deny by groups/ingress/default",
        "2001:db8:9::1, ff02::fb, deny by groups/ingress/default"
    })
    void whatEntersIsJudgedByItsSender(String source, String group, String verdict) {
        judge.policies(POLICY);
        expect(INGRESS, udpPacket(source, 5353, group, 5353), verdict);
    }

    /// Who answers does so from an address of its own, which no flow to the group knows.
    @Test
    void answerToAGroupIsNoReply() {
        judge.policies(POLICY);
        expect(EGRESS, udpPacket(INSIDE, 5353, "224.0.0.251", 5353), "allow by groups/egress/mdns");
        expect(INGRESS, udpPacket("203.0.113.1", 5353, INSIDE, 5353), "deny by groups/ingress/default");
        assertEquals(1, judge.flows());
    }

    @Test
    void groupSendsNothing() {
        expect(INGRESS, udpPacket(OUTSIDE, 5353, "224.0.0.251", 5353), IN);
        expect(EGRESS, udpPacket("224.0.0.251", 5353, OUTSIDE, 5353), SPOOF);
        expect(INGRESS, ping(OUTSIDE, "255.255.255.255", 7, false), IN);
        expect(EGRESS, ping("255.255.255.255", OUTSIDE, 7, true), SPOOF);
        expect(EGRESS, ping(INSIDE, OUTSIDE, 7, true), OUT); // by the rules, as a reply of another flow
    }

    @Test
    void membershipOfIpv4IsJudgedByRules() {
        judge.policies(POLICY);
        expect(EGRESS, igmp(INSIDE, "224.0.0.22"), "allow by groups/egress/igmp");
        expect(EGRESS, igmp(STRANGER, "224.0.0.22"), SPOOF);
        expect(EGRESS, igmp("0.0.0.0", "224.0.0.22"), SPOOF);
        expect(INGRESS, igmp(OUTSIDE, "224.0.0.1"), "deny by groups/ingress/default");
        judge.policies(NOTHING);
        expect(EGRESS, igmp(INSIDE, "224.0.0.22"), "deny by closed/egress/default");
    }

    @ParameterizedTest
    @ValueSource(ints = {131, 132, 143})
    void membershipOfIpv6IsJudgedByRules(int type) {
        judge.policies(POLICY);
        expect(EGRESS, mld(LINK_LOCAL, "ff02::16", type), "allow by groups/egress/mld");
        expect(EGRESS, mld("::", "ff02::16", type), "allow by groups/egress/mld"); // RFC 3590
        expect(EGRESS, mld("fe80::9", "ff02::16", type), SPOOF);
        expect(EGRESS, mld("::", "ff05::16", type), SPOOF);
        expect(EGRESS, mld("::", OUTSIDE6, type), SPOOF);
        expect(INGRESS, mld("fe80::9", "ff02::1", type), "deny by groups/ingress/default");
        judge.policies(NOTHING);
        expect(EGRESS, mld("::", "ff02::16", type), "deny by closed/egress/default");
    }

    /// What Ethernet addresses to many is no matter: the IP address is judged.
    @Test
    void groupsOfEthernetChangeNothing() {
        judge.policies(POLICY);
        byte[] packet = udpPacket(INSIDE, 5353, "224.0.0.251", 5353);
        System.arraycopy(new byte[] {1, 0, 0x5e, 0, 0, (byte) 0xfb}, 0, packet, 0, SENDER.length);
        expect(EGRESS, packet, "allow by groups/egress/mdns");
        byte[] plain = udpPacket(INSIDE, 5353, OUTSIDE, 5353);
        System.arraycopy(new byte[] {-1, -1, -1, -1, -1, -1}, 0, plain, 0, SENDER.length);
        expect(EGRESS, plain, "deny by groups/egress/default");
    }
}
