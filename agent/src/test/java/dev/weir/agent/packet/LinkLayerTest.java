// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.IPV6_HOP_LIMIT;
import static dev.weir.agent.packet.Packet.discovery;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.icmp;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.tag;
import static dev.weir.agent.packet.Packet.udpPacket;
import static dev.weir.agent.packet.Packet.with;

import dev.weir.abi.Verdict;
import dev.weir.agent.enforce.Judge;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What stands below IP, and the protocols that find neighbours.
class LinkLayerTest extends PacketTable {
    private static final int IPV4 = 0x0800;
    private static final int VLAN = 0x8100;
    private static final int SERVICE_VLAN = 0x88a8;

    @Test
    void upToTwoTagsAreLookedThrough() {
        byte[] ip = quote(udpPacket(OUTSIDE, 40000, INSIDE, 80));
        byte[] one = tag(5, IPV4, ip);
        byte[] two = tag(6, VLAN, one);
        expect(INGRESS, ethernet(IPV4, ip), "allow by web/ingress/http");
        expect(INGRESS, ethernet(VLAN, one), "allow by web/ingress/http");
        expect(INGRESS, ethernet(VLAN, two), "allow by web/ingress/http");
        expect(INGRESS, ethernet(SERVICE_VLAN, two), "allow by web/ingress/http");

        byte[] denied = quote(udpPacket(OUTSIDE, 40000, INSIDE, 81));
        expect(INGRESS, ethernet(VLAN, tag(5, IPV4, denied)), "deny by web/ingress/default");
        expect(INGRESS, ethernet(SERVICE_VLAN, tag(6, VLAN, tag(5, IPV4, denied))), "deny by web/ingress/default");
    }

    @Test
    void threeTagsAreAnotherEthertype() {
        byte[] ip = quote(udpPacket(OUTSIDE, 40000, INSIDE, 80));
        byte[] three = ethernet(VLAN, tag(7, VLAN, tag(6, VLAN, tag(5, IPV4, ip))));
        expect(INGRESS, three, "pass");
        judge.close();
        judge = new Judge(Verdict.DENY, 1);
        expect(INGRESS, three, "drop l2");
    }

    @Test
    void otherEthertypesFollowTheConfiguration() {
        int[] types = {0x0000, 0x05dc, 0x07ff, 0x0801, 0x0805, 0x0807, 0x86dc, 0x86de, 0x88cc, 0xffff};
        for (int type : types) {
            expect(EGRESS, ethernet(type, new byte[46]), "pass");
            expect(INGRESS, ethernet(type, new byte[46]), "pass");
        }
        judge.close();
        judge = new Judge(Verdict.DENY, 1);
        for (int type : types) {
            expect(EGRESS, ethernet(type, new byte[46]), "drop l2");
            expect(INGRESS, ethernet(type, new byte[46]), "drop l2");
        }
    }

    @Test
    void arpPassesWhereEverythingElseIsClosed() {
        judge.close();
        judge = new Judge(Verdict.DENY, 1).policies(NOTHING);
        byte[] arp = Packet.arp(1, INSIDE, OUTSIDE);
        expect(EGRESS, arp, "pass");
        expect(INGRESS, arp, "pass");
        expect(INGRESS, ethernet(VLAN, tag(5, 0x0806, quote(arp))), "pass");
    }

    @ParameterizedTest
    @ValueSource(ints = {133, 135, 136})
    void neighbourDiscoveryPasses(int type) {
        judge.policies(NOTHING);
        expect(EGRESS, discovery("fe80::1", "ff02::1", type), "pass");
        expect(INGRESS, discovery("fe80::2", "fe80::1", type), "pass");
    }

    @Test
    void routerAdvertisementEntersAndDoesNotLeave() {
        judge.policies(NOTHING);
        expect(INGRESS, discovery("fe80::2", "ff02::1", 134), "pass");
        expect(EGRESS, discovery("fe80::1", "ff02::1", 134), "drop spoof");
        expect(EGRESS, discovery("fe80::1", "fe80::2", 134), "drop spoof");
    }

    @ParameterizedTest
    @ValueSource(ints = {132, 137, 143})
    void itsNeighboursByNumberAreJudgedByRules(int type) {
        judge.policies(NOTHING);
        expect(EGRESS, discovery("fe80::1", "ff02::16", type), "deny by closed/egress/default");
        expect(INGRESS, discovery("fe80::1", "ff02::16", type), "deny by closed/ingress/default");
    }

    /// RFC 4861 wants a receiver to discard it, but a router in between would carry it anywhere.
    @ParameterizedTest
    @ValueSource(ints = {133, 134, 135, 136})
    void whatOnlyLooksLikeDiscoveryIsJudgedByRules(int type) {
        judge.policies(NOTHING);
        for (int hopLimit : new int[] {0, 64, 254}) {
            byte[] routed = with(discovery("fe80::2", "fe80::1", type), IPV6_HOP_LIMIT, hopLimit);
            expect(INGRESS, routed, "deny by closed/ingress/default");
            expect(EGRESS, routed, type == 134 ? "drop spoof" : "deny by closed/egress/default");
        }
        expect(INGRESS, ip(OUTSIDE, INSIDE, 58, icmp(type, 0, 0, new byte[16])), "deny by closed/ingress/default");
    }
}
