// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.enforce.Judge.LOOPBACK;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ping;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// How many flows a namespace may have, over all its devices, and what becomes of the packets of one that is full.
class QuotaTest extends PacketTable {
    private static final String ALLOW = "allow by web/ingress/http";
    private static final int PLENTY = 1000;

    private int second;
    private int green;

    @BeforeEach
    void addAnotherDeviceAndAnotherNamespace() {
        int[] devices = others.two();
        second = devices[0];
        green = devices[1];
        judge.introduce(second, "blue", PLENTY)
                .introduce(green, "green", PLENTY)
                .policies(WEB.replace("[blue]", "[blue, green]"));
    }

    private void limit(int quota) {
        judge.table().limit(quota, 0);
    }

    /// A datagram that an allowed flow of its own would begin with.
    private void open(int ifindex, int port) {
        assertEquals(ALLOW, judge.send(ifindex, INGRESS, udpPacket(OUTSIDE, port, INSIDE, 80)));
    }

    private long untracked(int ifindex) {
        return judge.endpoint(ifindex).flowsUntracked();
    }

    @Test
    void quotaIsOfTheNamespaceOverAllItsDevices() {
        limit(3);
        open(LOOPBACK, 1);
        open(LOOPBACK, 2);
        open(second, 1);
        assertEquals(3, judge.table().account("blue").flows());
        assertEquals(0, untracked(LOOPBACK) + untracked(second));

        open(LOOPBACK, 3);
        open(second, 3);
        open(second, 4);
        assertEquals(3, judge.table().account("blue").flows());
        assertEquals(3, judge.table().flows().size());
        assertEquals(1, untracked(LOOPBACK));
        assertEquals(2, untracked(second));
    }

    @Test
    void anotherNamespaceHasItsOwn() {
        limit(1);
        open(LOOPBACK, 1);
        open(LOOPBACK, 2);
        open(green, 1);
        open(green, 2);
        assertEquals(1, judge.table().account("blue").flows());
        assertEquals(1, judge.table().account("green").flows());
        assertEquals(2, judge.table().all().flows());
        assertEquals(1, untracked(LOOPBACK));
        assertEquals(1, untracked(green));
    }

    @Test
    void flowThatEndsOnOneDeviceMakesRoomOnTheOther() {
        limit(1);
        open(LOOPBACK, 1);
        open(second, 1);
        judge.forgetFlows();
        open(second, 1);
        assertEquals(1, judge.table().account("blue").flows());
        assertEquals(1, judge.endpoint(second).flows());
        assertEquals(0, judge.endpoint(LOOPBACK).flows());
        assertEquals(1, untracked(second));
    }

    @Test
    void newQuotaHoldsAtOnce() {
        limit(1);
        open(LOOPBACK, 1);
        open(LOOPBACK, 2);
        limit(2);
        open(LOOPBACK, 2);
        assertEquals(2, judge.flows());
        limit(0);
        open(LOOPBACK, 3);
        assertEquals(2, judge.flows()); // those that are there stay
        assertEquals(2, judge.untracked());
    }

    @Test
    void flowsOfAFullNamespaceGoOn() {
        limit(1);
        open(LOOPBACK, 1);
        open(LOOPBACK, 2);
        expect(EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 1), ALLOW);
        open(LOOPBACK, 1);
        assertEquals(2, judge.flow().ingressPackets());
        assertEquals(1, judge.flow().egressPackets());
    }

    /// Half of the table is divided into shares; who needs more finds it while all together leave room.
    @Test
    void shareIsKeptForWhoHasLess() {
        judge.table().share(2, 5);
        for (int port = 1; port <= 7; port++) {
            open(LOOPBACK, port);
        }
        assertEquals(5, judge.table().account("blue").flows());
        assertEquals(2, untracked(LOOPBACK));
        for (int port = 1; port <= 4; port++) {
            open(green, port);
        }
        assertEquals(2, judge.table().account("green").flows());
        assertEquals(2, untracked(green));
        assertEquals(7, judge.table().all().flows());
        expect(EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 5), ALLOW); // no flow was taken away
        judge.forgetFlows();
        open(green, 3);
        assertEquals(3, judge.table().account("green").flows());
    }

    @Test
    void quotaHoldsWithinTheShare() {
        limit(1);
        judge.table().share(2, 5);
        open(LOOPBACK, 1);
        open(LOOPBACK, 2);
        assertEquals(1, judge.table().account("blue").flows());
    }

    @Test
    void onlyWhatCouldBeAReplyIsDroppedForTheQuota() {
        judge.policies("""
                policy: web
                applies-to: {namespaces: [blue]}
                ingress:
                  default: deny
                  rules: [{name: some, allow: [tcp/80, udp/80, icmp/echo-request, proto/47]}]
                egress: {default: deny}
                """);
        byte[] datagram = udpPacket(INSIDE, 80, OUTSIDE, 40000);
        byte[] tunnel = ip(INSIDE, OUTSIDE, 47, new byte[8]);
        String deny = "deny by web/egress/default";
        for (byte[] packet : new byte[][] {datagram, tunnel}) {
            expect(EGRESS, packet, deny); // while flows are kept, who has none is no reply
        }
        limit(0);
        for (byte[] packet : new byte[][] {datagram, tunnel}) {
            expect(EGRESS, packet, "drop quota");
        }
        expect(EGRESS, udpPacket(INSIDE, 81, OUTSIDE, 40000), deny);
        expect(EGRESS, ip(INSIDE, OUTSIDE, 50, new byte[8]), deny);
        expect(EGRESS, ping(INSIDE, OUTSIDE, 7, false), deny);
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, SYN), deny);
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, ACK), "allow by web/ingress/some"); // can be no opening
        expect(EGRESS, ping(INSIDE, OUTSIDE, 7, true), "allow by web/ingress/some");
        assertEquals(2, judge.untracked()); // those two; what is dropped has no flow anyway
    }

    @Test
    void shareThatIsUsedUpDropsRepliesToo() {
        judge.table().share(0, 0);
        open(LOOPBACK, 1);
        expect(EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 1), "drop quota");
        judge.table().share(1, 0);
        expect(EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 1), "deny by web/egress/default");
        open(LOOPBACK, 1);
        expect(EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 1), ALLOW);
    }

    @Test
    void everyPacketOfAFullNamespaceIsInOnePlaceAndEveryFlowInOneCount() {
        limit(10);
        for (int port = 1; port <= 300; port++) {
            open(port % 2 == 0 ? LOOPBACK : second, port);
        }
        assertEquals(290, untracked(LOOPBACK) + untracked(second));
        assertEquals(
                10,
                judge.endpoint(LOOPBACK).flowsOpened() + judge.endpoint(second).flowsOpened());
        assertEquals(10, judge.table().flows().size());
    }
}
