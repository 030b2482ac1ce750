// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.RST;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.ExpireArgs.Idle;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What flows have counted is credited to who they are with, each byte once.
class PeerTest extends GuardedTable {
    private static final byte[] REQUEST = udpPacket(OUTSIDE, 40000, INSIDE, 80);
    private static final byte[] ANSWER = udpPacket(INSIDE, 80, OUTSIDE, 40000);
    private static final byte[] FROM_RED = udpPacket(NEIGHBOUR, 40000, INSIDE, 80);
    private static final int NEVER = 1_000_000_000;
    private static final long BYTES = REQUEST.length;

    private void walk() {
        judge.table().expire(new Idle(NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER));
    }

    private void enters(byte[] frame) {
        expect(INGRESS, frame, IN);
    }

    private static Peer in(long bytes) {
        return new Peer(0, bytes);
    }

    private Peer with(String peer) {
        return judge.table().exchanged("blue", peer);
    }

    private Peer withOthers() {
        return judge.table().exchangedWithOthers("blue");
    }

    @Test
    void bytesAreCreditedOnce() {
        enters(REQUEST);
        enters(REQUEST);
        expect(EGRESS, ANSWER, IN);
        assertEquals(in(0), with("world"), "not before the walk");
        for (int i = 0; i < 3; i++) {
            walk();
            assertEquals(new Peer(BYTES, 2 * BYTES), with("world"));
        }
        enters(REQUEST);
        walk();
        assertEquals(new Peer(BYTES, 3 * BYTES), with("world"));
        assertEquals(in(0), withOthers());
    }

    @Test
    void peerIsWhoHoldsTheAddress() {
        judge.hold(IpAddress.parse("203.0.113.9"), Limits.HOST_NUMBER);
        enters(FROM_RED);
        enters(udpPacket("203.0.113.9", 1, INSIDE, 80));
        enters(udpPacket("203.0.113.9", 2, INSIDE, 80));
        expect(EGRESS, udpPacket(INSIDE, 1, ANYWHERE, 80), OUT);
        walk();
        assertEquals(in(BYTES), with("red"));
        assertEquals(in(2 * BYTES), with("host"));
        assertEquals(new Peer(BYTES, 0), with("blue"), "another of its own");
        assertEquals(in(0), with("world"));
    }

    @Test
    void flowIsCreditedBeforeItGoes() {
        enters(REQUEST);
        judge.forgetFlows();
        assertEquals(in(BYTES), with("world"));
        enters(REQUEST);
        judge.table().age(NEVER / 2);
        for (int walk = 0; walk < 2; walk++) {
            judge.table().expire(new Idle(1, 1, 1, 1, 1, 1, 1));
        }
        assertEquals(0, judge.flows());
        assertEquals(in(2 * BYTES), with("world"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void conversationThatBeginsAnewCarriesOn(boolean creditedBetween) {
        byte[] syn = tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN);
        enters(syn);
        enters(tcpPacket(OUTSIDE, 40000, INSIDE, 80, RST));
        if (creditedBetween) {
            walk();
        }
        enters(syn);
        assertEquals(syn.length, judge.flow().ingressBytes(), "it is another one");
        walk();
        assertEquals(in(3L * syn.length), with("world"));
        enters(syn);
        walk();
        assertEquals(in(4L * syn.length), with("world"));
    }

    @Test
    void nobodyIsCreditedWithWhatIsDropped() {
        enters(REQUEST);
        judge.policies(NOTHING);
        for (int i = 0; i < 3; i++) {
            expect(INGRESS, REQUEST, "deny by closed/ingress/default");
        }
        assertEquals(4 * BYTES, judge.flow().ingressBytes());
        walk();
        judge.forgetFlows();
        assertEquals(in(BYTES), with("world"));
        assertEquals(in(0), withOthers());
    }

    @Test
    void addressThatChangesHandsChangesThePeer() {
        enters(REQUEST);
        walk();
        enters(REQUEST);
        judge.holds("red", OUTSIDE);
        enters(REQUEST);
        walk();
        assertEquals(in(BYTES), with("world"));
        assertEquals(in(BYTES), withOthers(), "what was not credited when it changed");
        assertEquals(in(BYTES), with("red"));
    }

    @Test
    void whatNoFlowCountsIsExchangedWithOthers() {
        judge.table().limit(0, 0);
        enters(REQUEST);
        assertEquals(1, judge.untracked());
        walk();
        assertEquals(in(BYTES), withOthers());
    }

    @Test
    void fullMapLosesNothing() {
        judge.table().fillPeers(1);
        enters(FROM_RED);
        walk();
        enters(REQUEST);
        walk();
        enters(FROM_RED);
        walk();
        assertEquals(in(2 * BYTES), with("red"));
        assertEquals(in(0), with("world"));
        assertEquals(in(BYTES), withOthers());
    }

    @Test
    void whoGetsAFreeNumberInheritsNothing() {
        enters(REQUEST);
        enters(FROM_RED);
        walk();
        enters(FROM_RED);
        judge.table().forgetAllBut("blue");
        assertEquals(in(0), with("red"));
        assertEquals(in(2 * BYTES), withOthers(), "credited and not");
        enters(FROM_RED); // still in the epoch in which it was judged
        walk();
        assertEquals(in(0), with("red"));
        assertEquals(in(3 * BYTES), withOthers());
        judge.policies(); // a new epoch, in which somebody has the number again
        enters(FROM_RED);
        walk();
        assertEquals(in(BYTES), with("red"));
        assertEquals(in(BYTES), with("world"));
        judge.table().forgetAllBut("red");
        assertEquals(in(0), with("world"));
        assertEquals(in(0), with("red"));
        assertEquals(in(0), withOthers());
    }

    /// Runs that would delete everything at once, while packets of as many flows, and of
    /// conversations that begin anew, come on another processor.
    @Test
    void eachByteIsCreditedOnceHoweverRunsAndPacketsMeet() throws InterruptedException {
        byte[] syn = tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN);
        byte[] rst = tcpPacket(OUTSIDE, 40000, INSIDE, 80, RST);
        int rounds = 40;
        int ports = 20;
        int repeat = 200;
        Thread packets = Thread.ofPlatform().start(() -> {
            for (int round = 0; round < rounds; round++) {
                for (int port = 1; port <= ports; port++) {
                    judge.nanos(INGRESS, udpPacket(OUTSIDE, port, INSIDE, 80), repeat);
                    judge.nanos(INGRESS, syn, 1);
                    judge.nanos(INGRESS, rst, 1);
                }
            }
        });
        while (packets.isAlive()) {
            judge.table().expire(new Idle(0, 0, 0, 0, 0, 0, 0));
        }
        packets.join();
        walk();
        long all = (long) rounds * ports * (repeat * BYTES + syn.length + rst.length);
        assertEquals(in(all), with("world"));
        assertEquals(in(0), withOthers());
    }
}
