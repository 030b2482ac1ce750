// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.RST;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.cut;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.fragment;
import static dev.weir.agent.packet.Packet.icmp;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ipv4;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.udpPacket;
import static dev.weir.agent.packet.Packet.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.agent.enforce.Judge;
import dev.weir.bpf.SkbContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is refused and gets no answer, answers that are too many, and answers that meet the programs on their way.
class UnansweredTest extends RejectTable {
    @ParameterizedTest
    @ValueSource(ints = {RST, RST | ACK})
    void nothingAnswersARst(int flags) {
        unanswered(EGRESS, segment(INSIDE, OUTSIDE, flags, NONE, NONE));
        unanswered(INGRESS, segment(OUTSIDE6, INSIDE6, flags, NONE, NONE));
    }

    @Test
    void framesForOrFromGroupsAreNotAnswered() {
        byte[] frame = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        unanswered(INGRESS, with(frame, 0, 0xff));
        unanswered(INGRESS, with(frame, 0, 0x01));
        unanswered(INGRESS, with(frame, 6, 0x01));
        byte[] syn = tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN);
        unanswered(INGRESS, with(syn, 0, 0x03));
    }

    @ParameterizedTest
    @CsvSource({
        "0.255.255.255, 1.0.0.0",
        "127.0.0.0, 126.255.255.255",
        "127.255.255.255, 128.0.0.0",
        "224.0.0.0, 223.255.255.255",
        "255.255.255.255, 198.51.100.9",
        "::, ::2",
        "::1, ::2",
        "ff00::, feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "ff02::1, fe80::1",
    })
    void addressesOfNoOneHostAreNotAnswered(String nobody, String somebody) {
        boolean v4 = !nobody.contains(":");
        String inside = v4 ? INSIDE : INSIDE6;
        unanswered(EGRESS, udpPacket(inside, 40000, nobody, 80));
        unanswered(EGRESS, udpPacket(nobody, 40000, inside, 80));
        unanswered(EGRESS, tcpPacket(nobody, 40000, inside, 80, SYN));
        byte[] udp = udpPacket(inside, 40000, somebody, 80);
        answered(EGRESS, udp, Reply.unreachable(somebody, inside, quote(udp)));
        byte[] syn = tcpPacket(somebody, 40000, inside, 80, SYN);
        answered(EGRESS, syn, Reply.rst(inside, 80, somebody, 40000, 0, 1, ACK));
    }

    @Test
    void icmpErrorsAreNotAnswered() {
        for (int type : new int[] {3, 4, 5, 11, 12}) {
            unanswered(EGRESS, ip(INSIDE, OUTSIDE, 1, icmp(type, 0, 0, new byte[28])));
        }
        for (int type : new int[] {2, 6, 8, 10, 13}) {
            byte[] message = ip(INSIDE, OUTSIDE, 1, icmp(type, 0, 0, new byte[28]));
            answered(EGRESS, message, Reply.unreachable(OUTSIDE, INSIDE, quote(message)));
        }
        for (int type : new int[] {0, 1, 4, 5, 127, 137}) {
            unanswered(INGRESS, routed(ip(OUTSIDE6, INSIDE6, 58, icmp(type, 0, 0, new byte[48]))));
        }
        for (int type : new int[] {128, 136, 138, 255}) {
            byte[] message = routed(ip(OUTSIDE6, INSIDE6, 58, icmp(type, 0, 0, new byte[40])));
            answered(INGRESS, message, Reply.unreachable(INSIDE6, OUTSIDE6, cut(quote(message), 88)));
        }
    }

    /// With a hop limit that no neighbour discovery has.
    private static byte[] routed(byte[] frame) {
        return with(frame, Packet.IPV6_HOP_LIMIT, 63);
    }

    @Test
    void onlyTheFirstFragmentIsAnswered() {
        byte[] first = ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 17, 0x2000, udp(40000, 80, new byte[16])));
        byte[] later = ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 17, 3, new byte[16]));
        answered(INGRESS, first, Reply.unreachable(INSIDE, OUTSIDE, quote(first)));
        unanswered(INGRESS, later);
        byte[] first6 = ip(OUTSIDE6, INSIDE6, 44, fragment(17, 0, true, 9, udp(40000, 80, new byte[16])));
        byte[] later6 = ip(OUTSIDE6, INSIDE6, 44, fragment(17, 24, false, 9, new byte[16]));
        answered(INGRESS, first6, Reply.unreachable(INSIDE6, OUTSIDE6, quote(first6)));
        unanswered(INGRESS, later6);
    }

    @Test
    void whatIsDeniedAuditedOrDroppedIsNotAnswered() {
        judge.policies(REJECT.replace("reject", "deny"));
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), "deny by shut/ingress/default");
        assertTrue(judge.answer().isEmpty());
        judge.policies("mode: audit\n" + REJECT);
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), "audit by shut/ingress/default");
        assertTrue(judge.answer().isEmpty());
        judge.policies(REJECT);
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, 0), "drop malformed");
        assertTrue(judge.answer().isEmpty());
    }

    @Test
    void answersComeAtMostAHundredASecondAfterABurstOfAHundred() {
        byte[] frame = udpPacket(OUTSIDE, 40000, INSIDE, 80);
        long start = System.nanoTime();
        int sent = 0;
        for (; sent < 100; sent++) {
            expect(INGRESS, frame, "reject by shut/ingress/default");
            assertTrue(judge.answer().isPresent());
        }
        for (; judge.suppressed() < 10; sent++) {
            judge.nanos(INGRESS, frame, 1); // on any machine faster than answers become due
        }
        long answers = sent - judge.suppressed();
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(answers <= 101 + millis / 10, answers + " answers in " + millis + " ms");
        for (int i = 0; i < 10; i++) {
            long before = judge.suppressed();
            expect(INGRESS, frame, "reject by shut/ingress/default");
            assertEquals(before + (judge.answer().isPresent() ? 0 : 1), judge.suppressed());
        }
    }

    @Test
    void answersOfOursPassWithoutTouchingAFlow() {
        judge.policies(WEB);
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN), "allow by web/ingress/http");
        judge.policies(REJECT);
        byte[] rst = Reply.rst(INSIDE, 80, OUTSIDE, 40000, 0, 1, ACK);
        SkbContext ours = new SkbContext(LOOPBACK, 0, 0, 0, 0, judge.secret());
        for (Direction direction : Direction.values()) {
            assertEquals(new Judge.Seen("answer", 1, rst.length), judge.observe(direction, rst, ours));
        }
        assertEquals(1, judge.flow().egressPackets() + judge.flow().ingressPackets());
    }

    @Test
    void whoDoesNotKnowTheSecretIsJudged() {
        byte[] rst = Reply.rst(INSIDE, 80, OUTSIDE, 40000, 0, 1, ACK);
        for (int bit = 0; bit < Long.SIZE; bit++) {
            SkbContext forged = new SkbContext(LOOPBACK, 0, 0, 0, 0, judge.secret() ^ 1L << bit);
            assertEquals(
                    "reject by shut/egress/default",
                    judge.observe(EGRESS, rst, forged).verdict());
        }
        assertTrue(judge.answer().isEmpty());
    }
}
