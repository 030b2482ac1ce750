// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.enforce.Judge.LOOPBACK;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.FIN;
import static dev.weir.agent.packet.Packet.RST;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ping;
import static dev.weir.agent.packet.Packet.sentBy;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.ExpireArgs;
import dev.weir.abi.ExpireArgs.Idle;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Idle flows go, two runs after their last packet; live ones never do.
class ExpiryTest extends GuardedTable {
    private static final int AGE = 100_000;
    private static final int LESS = 50_000;
    private static final int MORE = 1_000_000_000;
    private static final byte[] REQUEST = udpPacket(OUTSIDE, 40000, INSIDE, 80);
    private static final byte[] ANSWER = udpPacket(INSIDE, 80, OUTSIDE, 40000);

    private static Idle all(int jiffies) {
        return new Idle(jiffies, jiffies, jiffies, jiffies, jiffies, jiffies, jiffies);
    }

    private void expectRun(Idle limits, int marked, int deleted) {
        ExpireArgs done = judge.table().expire(limits);
        assertEquals(List.of(marked, deleted), List.of(done.marked(), done.deleted()), "marked, deleted");
    }

    @Test
    void idleFlowIsMarkedFirstAndDeletedNext() {
        expect(INGRESS, REQUEST, IN);
        judge.table().age(AGE);
        expectRun(all(LESS), 1, 0);
        assertEquals(1, judge.flows());
        expectRun(all(LESS), 0, 1);
        assertEquals(0, judge.flows());
        assertEquals(0, judge.table().flows().size());
        expectRun(all(LESS), 0, 0);
    }

    @Test
    void flowThatIsNotIdleStays() {
        expect(INGRESS, REQUEST, IN);
        expectRun(all(LESS), 0, 0);
        judge.table().age(AGE);
        expectRun(all(MORE), 0, 0);
        judge.table().age(-2 * AGE); // as by a packet that comes while a run goes on
        expectRun(all(0), 0, 0);
        assertEquals(1, judge.flows());
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void packetInBetweenRevivesIt(Direction direction) {
        expect(INGRESS, REQUEST, IN);
        long opened = judge.flow().openedNanos();
        judge.table().age(AGE);
        expectRun(all(LESS), 1, 0);
        expect(direction, direction == INGRESS ? REQUEST : ANSWER, IN);
        expectRun(all(LESS), 0, 0);
        assertEquals(opened, judge.flow().openedNanos());
        assertEquals(2, judge.flow().ingressPackets() + judge.flow().egressPackets());
        judge.table().age(AGE);
        expectRun(all(LESS), 1, 0);
        expectRun(all(LESS), 0, 1);
    }

    @Test
    void forgedPacketRevivesNothing() {
        expect(INGRESS, REQUEST, IN);
        judge.table().age(AGE);
        expectRun(all(LESS), 1, 0);
        expect(EGRESS, sentBy(OTHER_MAC, ANSWER), SPOOF);
        expectRun(all(LESS), 0, 1);
    }

    @Test
    void markOfAnEarlierAgentCounts() {
        expect(INGRESS, REQUEST, IN);
        judge.table().age(AGE);
        judge.table().mark();
        expectRun(all(LESS), 0, 1);
    }

    @Test
    void markOnALiveFlowIsTakenOffByItsNextPacket() {
        expect(INGRESS, REQUEST, IN);
        judge.table().mark();
        expectRun(all(MORE), 0, 0);
        expect(INGRESS, REQUEST, IN);
        assertEquals(2, judge.flow().ingressPackets());
        judge.table().age(AGE);
        expectRun(all(LESS), 1, 0);
    }

    @Test
    void sameConversationIsANewFlowAfterwards() {
        expect(INGRESS, REQUEST, IN);
        judge.table().age(AGE);
        expectRun(all(LESS), 1, 0);
        expectRun(all(LESS), 0, 1);
        expect(EGRESS, ANSWER, OUT);
        assertEquals(EGRESS, judge.flow().opener());
        assertEquals(2, judge.opened());
        assertEquals(1, judge.closed());
    }

    /// Which of the limits of [Idle] holds for a flow, in their order there.
    private static final int OPEN = 0;

    private static final int UDP = 1;
    private static final int ICMP = 2;
    private static final int OTHER = 3;
    private static final int OPENING = 4;
    private static final int CLOSING = 5;
    private static final int CLOSED = 6;

    /// One limit that differs from the others.
    private static Idle limits(int which, int its, int others) {
        int[] all = new int[7];
        Arrays.fill(all, others);
        all[which] = its;
        return new Idle(all[0], all[1], all[2], all[3], all[4], all[5], all[6]);
    }

    /// Of the one flow there is: only this limit makes it go.
    private void expectLimit(int which) {
        judge.table().age(AGE);
        expectRun(limits(which, MORE, LESS), 0, 0);
        expectRun(limits(which, LESS, MORE), 1, 0);
        judge.forgetFlows();
    }

    private void tcp(boolean in, int flags) {
        byte[] segment =
                in ? tcpPacket(OUTSIDE, 40000, INSIDE, 80, flags) : tcpPacket(INSIDE, 80, OUTSIDE, 40000, flags);
        expect(in ? INGRESS : EGRESS, segment, IN);
    }

    private void handshake() {
        tcp(true, SYN);
        tcp(false, SYN | ACK);
        tcp(true, ACK);
    }

    @Test
    void everyStateOfTcpHasItsLimit() {
        tcp(true, SYN);
        expectLimit(OPENING);
        tcp(true, SYN);
        tcp(false, SYN | ACK);
        expectLimit(OPENING);
        handshake();
        expectLimit(OPEN);
        tcp(true, ACK); // in mid-stream, from one side only
        expectLimit(OPENING);
        tcp(true, ACK);
        tcp(false, ACK);
        expectLimit(OPEN);
        handshake();
        tcp(false, FIN | ACK);
        tcp(true, ACK);
        expectLimit(CLOSING);
        handshake();
        tcp(false, FIN | ACK);
        tcp(true, FIN | ACK);
        tcp(false, ACK);
        expectLimit(CLOSED);
        handshake();
        tcp(true, RST);
        expectLimit(CLOSED);
        tcp(true, SYN);
        tcp(false, RST | ACK);
        expectLimit(CLOSED);
    }

    @Test
    void everyOtherProtocolHasItsLimit() {
        expect(INGRESS, REQUEST, IN);
        expectLimit(UDP);
        expect(INGRESS, ping(OUTSIDE, INSIDE, 7, false), IN);
        expectLimit(ICMP);
        expect(INGRESS, ping(OUTSIDE6, INSIDE6, 7, false), IN);
        expectLimit(ICMP);
        expect(INGRESS, ip(OUTSIDE, INSIDE, 132, new byte[12]), IN);
        expectLimit(OTHER);
        expect(INGRESS, ip(OUTSIDE, INSIDE, 47, new byte[8]), IN);
        expectLimit(OTHER);
    }

    @Test
    void deviceThatGoesTakesItsFlowsAndNoOthers() {
        int[] devices = others.two();
        judge.introduce(devices[0], "blue", AGE).introduce(devices[1], "green", AGE);
        expect(INGRESS, REQUEST, IN);
        for (int device : devices) {
            assertEquals(IN, judge.send(device, INGRESS, REQUEST));
            assertEquals(IN, judge.send(device, INGRESS, udpPacket(OUTSIDE, 40001, INSIDE, 80)));
        }
        judge.forgetFlows(devices[0]);
        assertEquals(1, judge.table().account("blue").flows());
        assertEquals(2, judge.table().account("green").flows());
        assertEquals(3, judge.table().all().flows());
        assertEquals(3, judge.table().flows().size());
        judge.forgetFlows(devices[1]);
        judge.forgetFlows(LOOPBACK);
        assertEquals(0, judge.table().all().flows());
    }

    /// Runs that would delete everything at once, while packets of as many flows come on another processor.
    @Test
    void countsAgreeHoweverRunsAndPacketsMeet() throws InterruptedException {
        Thread packets = Thread.ofPlatform().start(() -> {
            for (int round = 0; round < 40; round++) {
                for (int port = 1; port <= 50; port++) {
                    judge.nanos(INGRESS, udpPacket(OUTSIDE, port, INSIDE, 80), 200);
                }
            }
        });
        long deleted = 0;
        while (packets.isAlive()) {
            deleted += judge.table().expire(all(0)).deleted();
        }
        packets.join();
        assertEquals(judge.table().flows().size(), judge.flows());
        assertEquals(judge.flows(), judge.table().account("blue").flows());
        assertEquals(judge.flows(), judge.table().all().flows());
        assertEquals(deleted, judge.closed());
        assertTrue(judge.opened() >= 50);
    }
}
