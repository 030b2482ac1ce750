// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.enforce.Judge.LOOPBACK;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.FIN;
import static dev.weir.agent.packet.Packet.RST;
import static dev.weir.agent.packet.Packet.SENDER;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Direction;
import dev.weir.abi.Flow;
import dev.weir.bpf.SkbContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who a rule takes the outside for, where several hold its address on separate segments.
class HolderTest extends PacketTable {
    private static final int SEGMENT_OF_RED = 50;
    private static final int SEGMENT_OF_GREEN = 60;
    private static final int BRIDGE = 70;
    private static final int PORT_OF_BRIDGE = 71;
    private static final int NOWHERE = 80;
    private static final int BY_THE_HOST = 0;

    private static final String FRIENDS = """
            policy: friends
            applies-to: {namespaces: [blue]}
            ingress:
              default: deny
              rules:
                - {name: red, allow: any, from: "namespace:red"}
                - {name: green, allow: any, from: "namespace:green"}
                - {name: self, allow: any, from: "namespace:blue"}
            egress:
              default: deny
              rules:
                - {name: red, allow: any, to: "namespace:red"}
                - {name: green, allow: any, to: "namespace:green"}
            """;

    private int port = 1;

    @BeforeEach
    void useThisPolicy() {
        judge.holds("red", "203.0.113.1").holds("green", "203.0.113.2").policies(FRIENDS);
    }

    /// Of a new flow each time.
    private void enters(String address, int from, String verdict) {
        byte[] frame = udpPacket(address, port++, address.equals(OUTSIDE6) ? INSIDE6 : INSIDE, 80);
        assertEquals(
                verdict,
                judge.observe(INGRESS, frame, SkbContext.routed(from, LOOPBACK)).verdict(),
                "by device " + from);
    }

    private void leaves(String address, String verdict) {
        expect(EGRESS, udpPacket(address.equals(OUTSIDE6) ? INSIDE6 : INSIDE, port++, address, 80), verdict);
    }

    private static final String RED = "allow by friends/ingress/red";
    private static final String GREEN = "allow by friends/ingress/green";
    private static final String DENY = "deny by friends/ingress/default";

    @ParameterizedTest
    @ValueSource(strings = {OUTSIDE, OUTSIDE6})
    void segmentThatThePacketCameFromSaysWho(String address) {
        judge.holds("red", address, SEGMENT_OF_RED).holds("green", address, SEGMENT_OF_GREEN);
        enters(address, SEGMENT_OF_RED, RED);
        enters(address, SEGMENT_OF_GREEN, GREEN);
        enters(address, NOWHERE, DENY);
        enters(address, BY_THE_HOST, DENY);
        judge.loses(address, SEGMENT_OF_RED);
        enters(address, SEGMENT_OF_RED, DENY);
        enters(address, SEGMENT_OF_GREEN, GREEN);
    }

    @Test
    void thenTheSegmentOfTheEndpoint() {
        judge.holds("red", OUTSIDE, SEGMENT_OF_RED).holds("green", OUTSIDE, LOOPBACK);
        enters(OUTSIDE, SEGMENT_OF_RED, RED);
        enters(OUTSIDE, LOOPBACK, GREEN);
        enters(OUTSIDE, NOWHERE, GREEN);
        enters(OUTSIDE, BY_THE_HOST, GREEN);
        leaves(OUTSIDE, "allow by friends/egress/green");
    }

    @Test
    void thenTheVantage() {
        judge.holds("red", OUTSIDE);
        enters(OUTSIDE, BY_THE_HOST, RED);
        enters(OUTSIDE, NOWHERE, RED);
        leaves(OUTSIDE, "allow by friends/egress/red");
        judge.holds("green", OUTSIDE, LOOPBACK);
        enters(OUTSIDE, NOWHERE, GREEN);
        leaves(OUTSIDE, "allow by friends/egress/green");
        judge.holds("red", OUTSIDE, SEGMENT_OF_RED);
        enters(OUTSIDE, SEGMENT_OF_RED, RED);
    }

    /// Nothing says yet to which segment a packet that leaves will go.
    @Test
    void whatLeavesIsNotTakenForASegmentElsewhere() {
        judge.holds("red", OUTSIDE, SEGMENT_OF_RED);
        leaves(OUTSIDE, "deny by friends/egress/default");
        judge.holds("red", OUTSIDE);
        leaves(OUTSIDE, "allow by friends/egress/red");
    }

    /// A packet that a bridge hands on came by one of its ports; its segment is the bridge.
    @Test
    void portsOfABridgeAreOneSegment() {
        judge.bridged(LOOPBACK, BRIDGE).holds("red", OUTSIDE, BRIDGE).holds("green", OUTSIDE, LOOPBACK);
        enters(OUTSIDE, PORT_OF_BRIDGE, RED);
        enters(OUTSIDE, BRIDGE, RED);
        leaves(OUTSIDE, "allow by friends/egress/red");
    }

    @Test
    void guardLooksInTheSegmentOfTheEndpointOnly() {
        judge.policies().guard(LOOPBACK, Packet.mac(SENDER)).bridged(LOOPBACK, BRIDGE);
        for (int segment : new int[] {0, LOOPBACK, SEGMENT_OF_RED, PORT_OF_BRIDGE}) {
            judge.holds("blue", INSIDE, segment);
            expect(EGRESS, udpPacket(INSIDE, 1, OUTSIDE, 80), "drop spoof");
        }
        judge.holds("blue", INSIDE, BRIDGE);
        expect(EGRESS, udpPacket(INSIDE, 1, OUTSIDE, 80), "allow by unselected/egress");
    }

    @Test
    void namespaceMayMeetItself() {
        judge.holds("blue", OUTSIDE, SEGMENT_OF_RED);
        enters(OUTSIDE, SEGMENT_OF_RED, "allow by friends/ingress/self");
        enters(OUTSIDE, SEGMENT_OF_GREEN, DENY);
    }

    private void says(Direction direction, int from, int flags, String verdict) {
        byte[] frame = direction == INGRESS
                ? tcpPacket(OUTSIDE, 40_000, INSIDE, 80, flags)
                : tcpPacket(INSIDE, 80, OUTSIDE, 40_000, flags);
        SkbContext context = direction == INGRESS ? SkbContext.routed(from, LOOPBACK) : SkbContext.on(LOOPBACK);
        assertEquals(verdict, judge.observe(direction, frame, context).verdict(), direction + " by device " + from);
    }

    /// Red and green have the same address, and green knows the ports of red's connection.
    @Test
    void packetsOfOneAreNotTakenForThoseOfTheOther() {
        judge.holds("red", OUTSIDE, SEGMENT_OF_RED).holds("green", OUTSIDE, SEGMENT_OF_GREEN);
        judge.policies(FRIENDS.replace("{name: green, allow: any", "{name: green, deny: any"));
        says(INGRESS, SEGMENT_OF_RED, SYN, RED);
        says(EGRESS, 0, SYN | ACK, RED);
        says(INGRESS, SEGMENT_OF_RED, ACK, RED);
        Flow before = judge.flow();

        for (int flags : new int[] {ACK, RST, FIN | ACK, SYN}) {
            says(INGRESS, SEGMENT_OF_GREEN, flags, "deny by friends/ingress/green");
        }
        assertEquals(before, judge.flow());
        assertEquals(0, judge.untracked());
        says(INGRESS, SEGMENT_OF_RED, ACK, RED);
    }

    @Test
    void whereBothMayTheSecondIsNotTracked() {
        judge.holds("red", OUTSIDE, SEGMENT_OF_RED).holds("green", OUTSIDE, SEGMENT_OF_GREEN);
        says(INGRESS, SEGMENT_OF_RED, SYN, RED);
        Flow before = judge.flow();
        says(INGRESS, SEGMENT_OF_GREEN, SYN, GREEN);
        says(INGRESS, SEGMENT_OF_GREEN, ACK, GREEN);
        assertEquals(before, judge.flow());
        assertEquals(2, judge.untracked());
    }

    /// An answer goes to whom the question came from, also when it is the first to meet new policies.
    @Test
    void changeIsJudgedByWhoseFlowItIs() {
        judge.holds("green", OUTSIDE).holds("red", OUTSIDE, SEGMENT_OF_RED).holds("green", OUTSIDE, SEGMENT_OF_GREEN);
        says(INGRESS, SEGMENT_OF_RED, SYN, RED);
        judge.policies(FRIENDS.replace("{name: green, allow: any", "{name: green, deny: any"));
        says(EGRESS, 0, SYN | ACK, RED);
        judge.policies(FRIENDS.replace("{name: red, allow: any", "{name: red, deny: any"));
        says(EGRESS, 0, SYN | ACK, "deny by friends/ingress/red");
    }

    /// Another way to the same holder, or to nobody that is known, is a change of routes.
    @Test
    void flowFollowsWhoComesByAnotherWay() {
        judge.holds("red", OUTSIDE);
        says(INGRESS, SEGMENT_OF_RED, SYN, RED);
        says(INGRESS, NOWHERE, ACK, RED);
        says(INGRESS, BY_THE_HOST, ACK, RED);
        assertEquals(3, judge.flow().ingressPackets());
        assertEquals(0, judge.untracked());
    }
}
