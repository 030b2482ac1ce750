// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.agent.event.EventReader;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.view.BadQuery;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.EventView;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.Verdict;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Events of real packets, from the kernel to whoever asks the agent, with names, file and line.
class ToldTest extends HostTest {
    private static final String BLUE = "10.10.0.3";
    private static final int FLOOD = 3000;

    @BeforeEach
    void build() {
        redAndBlue();
        save("blue.yaml", """
                policy: web
                applies-to: {namespaces: [blue]}
                ingress:
                  default: deny
                  rules:
                    - name: http
                      allow: tcp/80
                      log: true
                    - {name: quiet, allow: tcp/81}
                """);
    }

    private static EventQuery of(String namespace, @Nullable Verdict verdict, String protocol) {
        Map<String, List<String>> parameters = new HashMap<>();
        parameters.put("namespace", List.of(namespace));
        parameters.put("limit", List.of(Integer.toString(EventQuery.MAX_LIMIT)));
        if (verdict != null) {
            parameters.put("verdict", List.of(verdict.word()));
        }
        parameters.put("service", List.of(protocol));
        try {
            return EventQuery.parse(parameters);
        } catch (BadQuery e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static List<EventView> events(LocalAgent agent, String namespace, @Nullable Verdict verdict) {
        return agent.view().events(of(namespace, verdict, "any")).events();
    }

    /// The first event about TCP: a namespace sends and is sent other things on its own.
    private static EventView.Packet first(LocalAgent agent, Verdict verdict) {
        EventQuery query = of("blue", verdict, "tcp");
        Await.until("an event", () -> !agent.view().events(query).events().isEmpty());
        EventView.Packet packet = agent.view().events(query).events().getFirst().packet();
        if (packet == null) {
            throw new AssertionError("an event of the agent has no namespace");
        }
        return packet;
    }

    private static boolean reaches(int port) {
        return Probe.attempt("red", BLUE, port, SILENCE_MILLIS) == Probe.Outcome.CONNECTED;
    }

    @Test
    void dropIsToldWithItsRuleFileAndLine() {
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertTrue(!reaches(22));
            EventView.Packet packet = first(agent, Verdict.DENY);
            assertEquals("blue", packet.namespace());
            assertEquals("veth-blue", packet.device());
            assertEquals(INGRESS, packet.direction());
            assertEquals(DropReason.POLICY, packet.reason());
            assertEquals("web/ingress/default", packet.by());
            assertTrue(packet.where().endsWith("blue.yaml:4"), packet.where());
            assertEquals("tcp/22", packet.service());
            assertEquals("SYN", packet.tcpFlags());
            assertEquals(IpAddress.parse("10.10.0.2"), packet.outsideAddress());
            assertEquals(IpAddress.parse(BLUE), packet.insideAddress());
            assertEquals(22, packet.insidePort());
            assertEquals(agent.view().status().generation(), packet.generation());
        }
    }

    @Test
    void newFlowOfALoggingRuleIsToldOnceAndOthersAreNot() throws IOException {
        try (LocalAgent agent = LocalAgent.start(config());
                ServerSocket http = Probe.echo("blue", BLUE, 80);
                ServerSocket quiet = Probe.echo("blue", BLUE, 81)) {
            assertTrue(reaches(81) && reaches(80));
            EventView.Packet packet = first(agent, Verdict.ALLOW);
            assertEquals("web/ingress/http", packet.by());
            assertTrue(packet.where().endsWith("blue.yaml:6"), packet.where());
            assertNull(packet.reason());
            assertTrue(!reaches(22)); // told after all that came before it
            first(agent, Verdict.DENY);
            assertEquals(1, events(agent, "blue", Verdict.ALLOW).size());
            assertTrue(http.isBound() && quiet.isBound());
        }
    }

    @Test
    void eventsAndLostOnesAreAllDropsOfAFlood() throws IOException {
        try (LocalAgent agent = LocalAgent.start(config());
                DatagramSocket red = Inside.open("red", "0.0.0.0", 0)) {
            DatagramPacket packet = new DatagramPacket(new byte[1], 1, InetAddress.getByName(BLUE), 9);
            for (int i = 0; i < FLOOD; i++) {
                red.send(packet);
            }
            Await.until("most are dropped", () -> agent.drops("blue", INGRESS, DropReason.POLICY) > FLOOD / 2);
            Await.until(
                    "events and lost ones are as many as drops",
                    () -> events(agent, "blue", null).size() + lost(agent),
                    () -> events(agent, "blue", null).size() + lost(agent)
                            == agent.drops("blue", INGRESS, DropReason.POLICY)
                                    + agent.drops("blue", EGRESS, DropReason.POLICY));
            assertTrue(lost(agent) > 0);
        }
    }

    private static long lost(LocalAgent agent) {
        return agent.view().meters().eventsLost().stream()
                .filter(row -> row.namespace().equals("blue"))
                .mapToLong(MeterSnapshot.EventsLost::events)
                .sum();
    }

    @Test
    void changesOfPoliciesAreTold() {
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertEquals("the agent has started", agentEvent(agent, "started").orElseThrow());
            save("blue.yaml", "policy: [");
            Await.until("a refusal is told", () -> agentEvent(agent, "refused").isPresent());
            assertTrue(agentEvent(agent, "refused").orElseThrow().contains("blue.yaml:1:"));
            save("blue.yaml", "applies-to: {namespaces: [blue]}\ningress: {default: deny}\n");
            Await.until(
                    "a reload is told", () -> agentEvent(agent, "are in force").isPresent());
        }
    }

    @Test
    void whatOthersTookAwayIsTold() throws IOException {
        try (LocalAgent agent = LocalAgent.start(config())) {
            Files.delete(pins.map("weir_cells"));
            Await.until(
                    "the missing pin is told",
                    () -> agentEvent(agent, "maps/weir_cells").isPresent());
        }
    }

    private static Optional<String> agentEvent(LocalAgent agent, String text) {
        return agent.view().events(EventQuery.ALL).events().stream()
                .filter(event -> event.kind() == EventView.Kind.AGENT)
                .map(event -> String.valueOf(event.text()))
                .filter(said -> said.contains(text))
                .findAny();
    }

    @Test
    void commandFollowsWhatARunningAgentTells() {
        try (AgentProcess agent = AgentProcess.enforcing(policies, pins.root());
                AgentProcess command = AgentProcess.launch(
                        List.of(),
                        "events",
                        "--follow",
                        "--agent",
                        "127.0.0.1:" + agent.address().getPort(),
                        "--not-protocol",
                        "udp",
                        "--service",
                        "tcp/22",
                        "--output",
                        "jsonl")) {
            assertTrue(!reaches(22));
            assertTrue(command.readUntil("\"service\":\"tcp/22\""));
            assertTrue(command.isAlive());
        }
    }

    @Test
    void eventsWaitForTheNextAgent() {
        LocalAgent.start(config()).close();
        assertTrue(!reaches(22));
        List<String> waiting = waiting();
        assertTrue(!waiting.isEmpty());
        assertBeginsWith(waiting, waiting()); // looking takes none
        try (LocalAgent agent = LocalAgent.start(config())) {
            first(agent, Verdict.DENY);
            assertBeginsWith(waiting, packets(events(agent, "blue", Verdict.DENY)));
        }
    }

    private List<String> waiting() {
        return packets(
                EventReader.waiting(pins, of("blue", Verdict.DENY, "any")).events());
    }

    /// The later list goes on after the first: packets are sent again meanwhile.
    private static void assertBeginsWith(List<String> first, List<String> later) {
        assertEquals(first, later.subList(0, Math.min(first.size(), later.size())));
    }

    private static List<String> packets(List<EventView> events) {
        return events.stream()
                .map(EventView::packet)
                .filter(Objects::nonNull)
                .map(packet -> packet.protocol() + " " + packet.insidePort() + " " + packet.outsidePort() + " "
                        + packet.outsideAddress())
                .toList();
    }
}
