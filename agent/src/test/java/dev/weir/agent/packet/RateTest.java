// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.RST;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.ping;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.FlowState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How fast a namespace may open flows: as many at once as in a second, then at that pace.
class RateTest extends PacketTable {
    private static final long SECOND = 1_000_000_000;
    private static final int PLENTY = 100_000;
    private static final String OUT = "allow by unselected/egress";
    private static final String IN = "allow by unselected/ingress";
    private static final String RATE = "drop rate";

    @BeforeEach
    void allowAll() {
        judge.policies();
    }

    private void limit(long interval) {
        judge.table().limit(PLENTY, interval);
    }

    private static byte[] datagram(int port) {
        return udpPacket(INSIDE, port, OUTSIDE, 53);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 20})
    void asManyAsASecondAllowsOpenAtOnce(int perSecond) {
        long interval = SECOND / perSecond;
        limit(interval);
        long start = System.nanoTime();
        for (int port = 1; port <= perSecond; port++) {
            expect(EGRESS, datagram(port), OUT);
        }
        int opened = perSecond;
        for (int port = 1; port <= 2 * perSecond; port++) {
            String verdict = judge.send(EGRESS, datagram(1000 + port));
            assertTrue(verdict.equals(OUT) || verdict.equals(RATE), verdict);
            opened += verdict.equals(OUT) ? 1 : 0;
        }
        long elapsed = System.nanoTime() - start;
        assertTrue(opened <= perSecond + elapsed / interval, opened + " in " + elapsed + " ns");
        assertEquals(opened, judge.flows());
    }

    @Test
    void secondIsTheLongestDistance() {
        limit(SECOND + 1);
        expect(EGRESS, datagram(1), RATE);
        limit(SECOND);
        expect(EGRESS, datagram(1), OUT);
        limit(SECOND + 1);
        expect(EGRESS, datagram(2), RATE);
        limit(0);
        expect(EGRESS, datagram(2), OUT);
    }

    @Test
    void flowThatIsOpenGoesOn() {
        expect(EGRESS, datagram(1), OUT);
        limit(SECOND + 1);
        expect(EGRESS, datagram(1), OUT);
        expect(INGRESS, udpPacket(OUTSIDE, 53, INSIDE, 1), OUT);
        expect(EGRESS, datagram(2), RATE);
        judge.policies(); // judged anew, which is no opening
        expect(EGRESS, datagram(1), OUT);
        assertEquals(1, judge.flows());
    }

    @Test
    void whatIsRefusedTakesNothing() {
        limit(SECOND);
        expect(EGRESS, datagram(1), OUT);
        long before = judge.table().account("blue").egressDueNanos();
        limit(2 * SECOND); // else time might pass
        for (int port = 2; port < 60; port++) {
            expect(EGRESS, datagram(port), RATE);
        }
        assertEquals(before, judge.table().account("blue").egressDueNanos());
        assertEquals(1, judge.flows());
    }

    @Test
    void whatIsDeniedTakesNothing() {
        judge.policies(WEB);
        limit(SECOND);
        for (int port = 1; port < 30; port++) {
            expect(INGRESS, udpPacket(OUTSIDE, port, INSIDE, 81), "deny by web/ingress/default");
        }
        expect(INGRESS, udpPacket(OUTSIDE, 1, INSIDE, 80), "allow by web/ingress/http");
    }

    @Test
    void directionsAreApart() {
        limit(SECOND);
        expect(INGRESS, udpPacket(OUTSIDE, 1, INSIDE, 80), IN);
        expect(EGRESS, datagram(1), OUT);
        var account = judge.table().account("blue");
        assertTrue(account.egressDueNanos() > 0 && account.ingressDueNanos() > 0);
        limit(SECOND + 1);
        expect(INGRESS, udpPacket(OUTSIDE, 2, INSIDE, 80), RATE);
        expect(EGRESS, datagram(2), RATE);
    }

    @Test
    void namespaceHasOneAllowanceOverItsDevicesAndNoneOfOthers() {
        int[] devices = others.two();
        judge.introduce(devices[0], "blue", PLENTY).introduce(devices[1], "green", PLENTY);
        limit(SECOND);
        assertEquals(OUT, judge.send(devices[0], EGRESS, datagram(1)));
        assertTrue(judge.table().account("blue").egressDueNanos() > 0);
        assertEquals(0, judge.table().account("green").egressDueNanos());
        assertEquals(OUT, judge.send(devices[1], EGRESS, datagram(1)));
        assertTrue(judge.table().account("green").egressDueNanos() > 0);
    }

    /// Mid-stream there is no opening to pace: a host that was attached live goes on at once.
    @Test
    void onlyWhatOpensIsPaced() {
        limit(SECOND + 1);
        expect(EGRESS, tcpPacket(INSIDE, 1, OUTSIDE, 80, SYN), RATE);
        expect(EGRESS, tcpPacket(INSIDE, 1, OUTSIDE, 80, ACK), OUT);
        expect(EGRESS, tcpPacket(INSIDE, 2, OUTSIDE, 80, SYN | ACK), IN);
        expect(EGRESS, tcpPacket(INSIDE, 3, OUTSIDE, 80, RST), OUT);
        expect(EGRESS, ping(INSIDE, OUTSIDE, 7, false), RATE);
        expect(EGRESS, ping(INSIDE, OUTSIDE, 7, true), OUT);
        expect(EGRESS, datagram(1), RATE);
    }

    @Test
    void reopeningIsAnOpening() {
        byte[] syn = tcpPacket(INSIDE, 1, OUTSIDE, 80, SYN);
        expect(EGRESS, syn, OUT);
        expect(INGRESS, tcpPacket(OUTSIDE, 80, INSIDE, 1, RST | ACK), OUT);
        limit(SECOND + 1);
        expect(EGRESS, syn, RATE);
        assertEquals(FlowState.CLOSED, judge.flow().state());
        assertEquals(1, judge.opened());
        limit(SECOND);
        expect(EGRESS, syn, OUT);
        assertEquals(FlowState.NEW, judge.flow().state());
        assertEquals(2, judge.opened());
        limit(SECOND + 1);
        expect(EGRESS, syn, OUT); // sent again, of the flow that it opened
    }

    /// Where no flow is kept, every packet opens one.
    @Test
    void whatIsUntrackedIsPacedPacketByPacket() {
        judge.table().limit(0, SECOND);
        expect(EGRESS, datagram(1), OUT);
        judge.table().limit(0, SECOND + 1);
        expect(EGRESS, datagram(1), RATE);
        assertEquals(1, judge.untracked());
    }
}
