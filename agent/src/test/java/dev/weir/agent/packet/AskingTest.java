// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Answer;
import dev.weir.abi.Direction;
import dev.weir.agent.why.Frames;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The asking programs say what the attached ones do, and change nothing.
class AskingTest extends PacketTable {
    private static final int QUESTIONS = 8_000;
    private static final int LEAST = 54; // below, a test run refuses what says IPv6
    private static final byte[] SYN = Packet.tcpPacket(OUTSIDE, 40_000, INSIDE, 80, Packet.SYN);
    private static final byte[] SECOND = Packet.tcpPacket(OUTSIDE, 40_000, INSIDE, 80, Packet.ACK);

    private final Oracle oracle = new Oracle(); // over the maps that the judge has made

    @AfterEach
    void closeOracle() {
        oracle.close();
    }

    @Test
    void answerTellsNewFromCachedAndRulesFromReasons() {
        assertEquals("allow by web/ingress/http, new", oracle.ask(INGRESS, SYN));
        assertEquals("allow by web/ingress/http", judge.send(INGRESS, SYN));
        assertEquals("allow by web/ingress/http, cached", oracle.ask(INGRESS, SECOND));
        judge.policies(NOTHING);
        assertEquals("deny by closed/ingress/default, new", oracle.ask(INGRESS, SECOND));
        assertEquals("drop malformed, new", oracle.ask(INGRESS, Packet.with(SYN, Packet.ETHERNET, 0x44)));
        assertEquals("drop fragment, new", oracle.ask(INGRESS, fragment(5)));
        assertEquals("pass, new", oracle.ask(EGRESS, Packet.arp(1, INSIDE, OUTSIDE)));
    }

    @Test
    void keptVerdictIsSaidToBeKept() {
        judge.policies(WEB + "on-change: keep\n");
        judge.send(INGRESS, SYN);
        judge.policies(NOTHING);
        assertEquals("allow by web/ingress/http, kept", oracle.ask(INGRESS, SECOND));
        assertEquals("deny by closed/ingress/default, new", oracle.ask(INGRESS, Packet.with(SYN, 35, 9)));
    }

    @Test
    void errorAboutAFlowIsSaidToBeOfIt() {
        byte[] error = Packet.ip(INSIDE, OUTSIDE, 1, Packet.icmp(3, 3, 0, Packet.quote(SYN)));
        assertEquals(false, oracle.answer(EGRESS, error).quotes());
        judge.send(INGRESS, SYN);
        Answer answer = oracle.answer(EGRESS, error);
        assertEquals("allow by web/ingress/http", oracle.verdict(answer));
        assertTrue(answer.quotes());
        assertEquals(6, answer.protocol());
    }

    @Test
    void longestAndShortestFramesCanBeAskedAbout() {
        byte[] longest = Packet.ip(OUTSIDE, INSIDE, 17, Packet.udp(40_000, 80, new byte[Frames.MAX_BYTES - 42]));
        assertEquals(Frames.MAX_BYTES, longest.length);
        assertEquals("allow by web/ingress/http, new", oracle.ask(INGRESS, longest));
        assertEquals("pass, new", oracle.ask(INGRESS, Packet.ethernet(0x88b5, new byte[1])));
        assertEquals("drop malformed, new", oracle.ask(INGRESS, Packet.cut(SYN, 34)));
    }

    @Test
    void thousandsOfQuestionsChangeNoMap() {
        List<byte[]> frames = frames();
        frames.forEach(frame -> judge.send(INGRESS, frame)); // flows, and ports of fragments
        Map<String, String> before = judge.dump();
        Set<String> answers = new TreeSet<>();
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < QUESTIONS; i++) {
            byte[] frame = frames.get(random.nextInt(frames.size())).clone();
            for (int change = random.nextInt(4); change > 0; change--) {
                frame[12 + random.nextInt(frame.length - 12)] = (byte) random.nextInt(256);
            }
            Direction direction = random.nextBoolean() ? INGRESS : EGRESS;
            answers.add(oracle.ask(direction, frame));
        }
        assertEquals(before, judge.dump(), "seed " + seed);
        assertTrue(
                answers.containsAll(Set.of(
                        "allow by web/ingress/http, cached",
                        "allow by web/ingress/http, new",
                        "deny by web/egress/default, new",
                        "drop malformed, new",
                        "drop fragment, new")),
                answers::toString);
        judge.send(INGRESS, SYN);
        Map<String, String> after = judge.dump();
        for (String map : List.of("weir_flows", "weir_cells")) {
            assertNotEquals(before.get(map), after.get(map), map + " is changed by a packet");
        }
    }

    @Test
    void whatIsAskedIsWhatHappens() {
        List<byte[]> frames = frames();
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            byte[] frame = frames.get(random.nextInt(frames.size())).clone();
            for (int change = random.nextInt(3); change > 0; change--) {
                frame[12 + random.nextInt(frame.length - 12)] = (byte) random.nextInt(256);
            }
            Direction direction = random.nextBoolean() ? INGRESS : EGRESS;
            Answer answer = oracle.answer(direction, frame);
            assertEquals(
                    judge.send(direction, frame),
                    oracle.verdict(answer),
                    () -> "seed " + seed + ", " + direction + " "
                            + HexFormat.of().formatHex(frame));
        }
    }

    private static byte[] fragment(int offset) {
        return Packet.ethernet(0x0800, Packet.ipv4(OUTSIDE, INSIDE, 17, offset, new byte[40]));
    }

    private static List<byte[]> frames() {
        byte[] datagram = Packet.udp(40_000, 80, new byte[32]);
        byte[] extended = Packet.extension(44, Packet.fragment(60, 0, true, 9, Packet.extension(17, datagram)));
        List<byte[]> frames = new ArrayList<>(List.of(
                SYN,
                SECOND,
                Packet.tcpPacket(OUTSIDE, 40_000, INSIDE, 80, Packet.FIN | Packet.ACK),
                Packet.tcpPacket(OUTSIDE, 40_001, INSIDE, 80, Packet.SYN),
                Packet.tcpPacket(OUTSIDE6, 40_000, INSIDE6, 80, Packet.SYN),
                Packet.udpPacket(OUTSIDE, 40_000, INSIDE, 80),
                Packet.udpPacket(INSIDE, 40_000, OUTSIDE, 53),
                Packet.ping(OUTSIDE, INSIDE, 7, false),
                Packet.ping(OUTSIDE6, INSIDE6, 7, true),
                Packet.discovery("fe80::1", "ff02::1", 135),
                Packet.ip(OUTSIDE, INSIDE, 1, Packet.icmp(3, 3, 0, Packet.quote(SYN))),
                Packet.ip(OUTSIDE6, INSIDE6, 0, extended),
                Packet.ethernet(0x0800, Packet.ipv4(OUTSIDE, INSIDE, 17, 0x2000, datagram)),
                fragment(5),
                Packet.ethernet(0x0800, Packet.ipv4(OUTSIDE, INSIDE, 6, 7, new byte[40]))));
        frames.replaceAll(frame -> frame.length < LEAST ? Packet.join(frame, new byte[LEAST - frame.length]) : frame);
        return frames;
    }
}
