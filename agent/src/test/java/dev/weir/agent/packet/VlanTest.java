// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ETHERNET;
import static dev.weir.agent.packet.Packet.cut;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.tag;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Verdict;
import dev.weir.agent.enforce.Judge;
import org.junit.jupiter.api.Test;

/// Up to two tags are looked through, whatever they say. (What the kernel itself takes out of a frame that
/// comes in by a device counts as one: `OddPacketsTest`.)
class VlanTest extends PacketTable {
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    private static final int VLAN = 0x8100;
    private static final int SERVICE_VLAN = 0x88a8;
    private static final String ALLOW = "allow by web/ingress/http";
    private static final String DENY = "deny by web/ingress/default";

    @Test
    void upToTwoAreLookedThrough() {
        for (int port : new int[] {80, 81}) {
            String verdict = port == 80 ? ALLOW : DENY;
            byte[] ip = quote(udpPacket(OUTSIDE, 40000, INSIDE, port));
            byte[] ip6 = quote(udpPacket(OUTSIDE6, 40000, INSIDE6, port));
            expect(INGRESS, ethernet(IPV4, ip), verdict);
            for (int outer : new int[] {VLAN, SERVICE_VLAN}) {
                expect(INGRESS, ethernet(outer, tag(5, IPV4, ip)), verdict);
                expect(INGRESS, ethernet(outer, tag(5, IPV6, ip6)), verdict);
                for (int inner : new int[] {VLAN, SERVICE_VLAN}) {
                    expect(INGRESS, ethernet(outer, tag(6, inner, tag(5, IPV4, ip))), verdict);
                    expect(INGRESS, ethernet(outer, tag(6, inner, tag(5, IPV6, ip6))), verdict);
                }
            }
        }
        assertEquals(2, judge.flows()); // one a family: no tag makes another flow
    }

    @Test
    void threeAreAnotherEthertype() {
        byte[] ip = quote(udpPacket(OUTSIDE, 40000, INSIDE, 81));
        byte[] three = ethernet(VLAN, tag(7, VLAN, tag(6, VLAN, tag(5, IPV4, ip))));
        expect(INGRESS, three, "pass");
        judge.close();
        judge = new Judge(Verdict.DENY, 1);
        expect(INGRESS, three, "drop l2");
    }

    @Test
    void otherKindsOfTagsAreAnotherEthertype() {
        byte[] ip = quote(udpPacket(OUTSIDE, 40000, INSIDE, 81));
        for (int type : new int[] {0x8101, 0x9100, 0x9200, 0x9300}) {
            expect(INGRESS, ethernet(type, tag(5, IPV4, ip)), "pass");
        }
    }

    @Test
    void whatATagSaysIsNoMatter() {
        byte[] ip = quote(udpPacket(OUTSIDE, 40000, INSIDE, 80));
        for (int control : new int[] {0, 1, 4095, 0x1000, 0xe000, 0xffff}) {
            expect(INGRESS, ethernet(VLAN, tag(control, IPV4, ip)), ALLOW);
        }
    }

    @Test
    void tagThatIsCutShortIsMalformed() {
        byte[] two = ethernet(VLAN, tag(6, VLAN, tag(5, 0x88cc, new byte[46])));
        for (int length = ETHERNET; length < ETHERNET + 8; length++) {
            expect(EGRESS, cut(two, length), "drop malformed");
        }
        expect(EGRESS, cut(two, ETHERNET + 8), "pass");
    }
}
