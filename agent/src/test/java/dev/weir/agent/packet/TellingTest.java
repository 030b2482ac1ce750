// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.arp;
import static dev.weir.agent.packet.Packet.cut;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.ipv4;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Event;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.Outcome;
import dev.weir.abi.Verdict;
import dev.weir.agent.enforce.Judge;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What becomes an event: every drop, and every new flow that a rule wants to be told of; or it is counted as lost.
class TellingTest extends PacketTable {
    private static final String LOGGING = """
            policy: web
            applies-to: {namespaces: [blue]}
            ingress:
              default: deny
              rules:
                - {name: http, allow: [tcp/80, udp/80], log: true}
                - {name: quiet, allow: [tcp/81, udp/81]}
            egress: {default: deny}
            """;
    private static final int FLOOD = 30_000;
    private static final int BURST = Limits.NAMESPACE_EVENTS_PER_SECOND;
    private static final byte[] DENIED = udpPacket(OUTSIDE, 40000, INSIDE, 9);

    private Told told;

    @BeforeEach
    void listen() {
        told = new Told();
    }

    @AfterEach
    void hangUp() {
        told.close();
    }

    private Event only() {
        List<Event> events = told.take();
        assertEquals(1, events.size(), events::toString);
        return events.getFirst();
    }

    private void quiet() {
        assertEquals(List.of(), told.take());
    }

    @Test
    void dropByARuleIsToldWithAllThatIsKnown() {
        byte[] frame = tcpPacket(OUTSIDE, 40000, INSIDE, 22, SYN);
        expect(INGRESS, frame, "deny by web/ingress/default");
        Event event = only();
        assertEquals(INGRESS, event.direction());
        assertEquals(Verdict.DENY, event.verdict());
        assertNotEquals(0, event.cell());
        assertEquals(IpAddress.parse(INSIDE), event.key().inside());
        assertEquals(IpAddress.parse(OUTSIDE), event.key().outside());
        assertEquals(22, event.key().insidePort());
        assertEquals(40000, event.key().outsidePort());
        assertEquals(6, event.key().protocol());
        assertEquals(SYN, event.tcpFlags());
        assertEquals(frame.length, event.bytes());
        assertEquals(1, event.packets());
        assertEquals(1, event.slot());
        assertEquals(0, event.lost());
    }

    @Test
    void everyDropIsTold() {
        for (int i = 0; i < 3; i++) {
            expect(INGRESS, DENIED, "deny by web/ingress/default");
        }
        assertEquals(3, told.take().size());
    }

    @Test
    void dropsWithoutARuleTellTheirReason() {
        expect(INGRESS, cut(tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN), 40), "drop malformed");
        assertEquals(Outcome.DROP_MALFORMED, only().outcome());
        byte[] later = ethernet(0x0800, ipv4(OUTSIDE, INSIDE, 17, 100, new byte[16]));
        expect(INGRESS, later, "drop fragment");
        Event event = only();
        assertEquals(Outcome.DROP_FRAGMENT, event.outcome());
        assertEquals(0, event.cell());
        assertEquals(IpAddress.parse(OUTSIDE), event.key().outside());
        judge.guard(Judge.LOOPBACK, 1);
        expect(EGRESS, arp(1, INSIDE, OUTSIDE), "drop spoof");
        assertTrue(told.take().stream().allMatch(spoof -> spoof.outcome() == Outcome.DROP_SPOOF));
        assertEquals(0, told.lost());
    }

    @Test
    void whatPassesIsNotTold() {
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, SYN), "allow by web/ingress/http");
        expect(EGRESS, tcpPacket(INSIDE, 80, OUTSIDE, 40000, SYN | ACK), "allow by web/ingress/http");
        expect(INGRESS, arp(1, OUTSIDE, INSIDE), "pass");
        quiet();
    }

    @Test
    void newFlowOfALoggingRuleIsToldOnce() {
        judge.policies(LOGGING);
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), "allow by web/ingress/http");
        Event event = only();
        assertEquals(Verdict.ALLOW, event.verdict());
        assertNotEquals(0, event.cell());

        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), "allow by web/ingress/http");
        expect(EGRESS, udpPacket(INSIDE, 80, OUTSIDE, 40000), "allow by web/ingress/http");
        quiet();
        judge.policies(LOGGING); // judged anew, which is no new flow
        expect(INGRESS, udpPacket(OUTSIDE, 40000, INSIDE, 80), "allow by web/ingress/http");
        quiet();

        expect(INGRESS, udpPacket(OUTSIDE, 40001, INSIDE, 80), "allow by web/ingress/http");
        assertEquals(40001, only().key().outsidePort());
        expect(INGRESS, udpPacket(OUTSIDE, 40001, INSIDE, 81), "allow by web/ingress/quiet");
        quiet();
    }

    @Test
    void connectionFromBeforeWeLookedIsNotNew() {
        judge.policies(LOGGING);
        expect(INGRESS, tcpPacket(OUTSIDE, 40000, INSIDE, 80, ACK), "allow by web/ingress/http");
        quiet();
        expect(INGRESS, tcpPacket(OUTSIDE, 40001, INSIDE, 80, SYN), "allow by web/ingress/http");
        assertEquals(SYN, only().tcpFlags());
    }

    @Test
    void auditIsToldOnceAFlow() {
        judge.policies("""
                policy: trial
                mode: audit
                applies-to: {namespaces: [blue]}
                ingress: {default: deny}
                """);
        expect(INGRESS, DENIED, "audit by trial/ingress/default");
        assertEquals(Verdict.AUDIT, only().verdict());
        expect(INGRESS, DENIED, "audit by trial/ingress/default");
        quiet();
    }

    @Test
    void eventsAndLostOnesAreAllThatHappened() throws Exception {
        try (OneProcessor _ = new OneProcessor()) {
            judge.nanos(INGRESS, DENIED, FLOOD);
            long start = System.nanoTime();
            List<Event> events = told.take();
            assertEquals(FLOOD, events.size() + told.lost());
            assertTrue(events.size() >= BURST, () -> events.size() + " events");
            assertTrue(events.size() < FLOOD / 10, () -> events.size() + " events");
            assertEquals(told.lostTold(), lost(events));

            long sent = 0; // what a processor lost is told by its next event
            List<Event> next = told.take();
            while (next.isEmpty() && System.nanoTime() - start < 10_000_000_000L) {
                judge.nanos(INGRESS, DENIED, 1);
                sent++;
                next = told.take();
            }
            assertEquals(FLOOD + sent, events.size() + next.size() + told.lost());
            assertEquals(told.lost(), lost(events) + lost(next));
        }
    }

    private static long lost(List<Event> events) {
        return events.stream().mapToLong(Event::lost).sum();
    }

    @Test
    void floodOfOneTakesNoEventOfAnother() {
        int green = others.two()[1];
        judge.introduce(green, "green", 1000).policies(WEB.replace("[blue]", "[blue, green]"));
        told.take();
        judge.nanos(INGRESS, DENIED, FLOOD);
        for (int i = 0; i < BURST; i++) {
            judge.send(green, INGRESS, DENIED);
        }
        long ofGreen = told.take().stream()
                .filter(event -> event.key().ifindex() == green)
                .count();
        assertEquals(BURST, ofGreen);
    }

    @Test
    void ringThatNobodyReadsFillsAndLosesExactlyTheRest() {
        Told.pace(0);
        judge.nanos(INGRESS, DENIED, FLOOD);
        long lost = told.lost();
        assertTrue(lost > 0);
        int kept = told.take().size();
        assertEquals(FLOOD, kept + lost);
        assertTrue(kept >= 2 * Limits.EVENTS_PER_SECOND, kept + " events fit");
        judge.nanos(INGRESS, DENIED, 5);
        assertEquals(5, told.take().size());
    }

    @Test
    void dropInFrontIsToldAsBehind() {
        byte[] frame = udpPacket(INSIDE, 40000, OUTSIDE, 9);
        assertEquals("deny by web/egress/default, " + frame.length + " bytes", judge.front(frame, frame.length));
        Event front = only();
        judge.nanos(EGRESS, frame, 1);
        Event behind = only();
        assertEquals(front.key(), behind.key());
        assertEquals(front.cell(), behind.cell());
        assertEquals(EGRESS, front.direction());
    }
}
