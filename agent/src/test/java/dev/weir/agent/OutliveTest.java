// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.flow.KernelView;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.Links;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.StatusView;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Enforcement outlives the agent, and the next agent takes over what the last one left.
class OutliveTest extends HostTest {
    private static final String BLUE = "10.10.0.3";
    private static final List<String> DEVICES = List.of("veth-red", "veth-blue", "veth-green");

    private ServerSocket web;
    private ServerSocket admin;

    @BeforeEach
    void build() {
        redBlueAndGreen();
        save("web.yaml", allowing("tcp/80"));
        web = Probe.echo("blue", BLUE, 80);
        admin = Probe.echo("blue", BLUE, 81);
    }

    @AfterEach
    void stop() throws IOException {
        web.close();
        admin.close();
    }

    private static String allowing(String service) {
        return """
                applies-to: {namespaces: [blue]}
                ingress:
                  default: deny
                  rules:
                    - {name: open, allow: %s, from: "namespace:red"}
                """.formatted(service);
    }

    private static boolean reaches(String namespace, int port) {
        return Probe.attempt(namespace, BLUE, port, SILENCE_MILLIS) == Probe.Outcome.CONNECTED;
    }

    private static void assertOpen(int port) {
        assertTrue(reaches("red", port), "tcp/" + port + " is open");
        assertFalse(reaches("red", 161 - port), "tcp/" + (161 - port) + " is closed");
        assertFalse(reaches("green", port), "and for red only");
    }

    private AgentProcess agent() {
        return AgentProcess.enforcing(policies, pins.root());
    }

    /// Starts an agent and kills it.
    private void killed() {
        try (AgentProcess agent = agent()) {
            agent.kill();
        }
    }

    private KernelView view() {
        return new KernelView(pins, _ -> EventPage.EMPTY);
    }

    private static List<List<Integer>> links() {
        return DEVICES.stream().map(HostTest::linksOf).toList();
    }

    @Test
    void verdictsAndCountersGoOnWhenTheAgentIsKilled() throws IOException {
        try (AgentProcess agent = agent();
                Socket connection = Probe.connect("red", BLUE, 80, Inside.PATIENCE_MILLIS);
                KernelView view = view()) {
            List<List<Integer>> before = links();
            agent.kill();
            long allowed = LocalAgent.rulePackets(view, "web", INGRESS, "open");
            long denied = LocalAgent.rulePackets(view, "web", INGRESS, "default");
            assertTrue(Probe.echoes(connection), "a connection from before goes on");
            assertOpen(80);
            assertTrue(LocalAgent.rulePackets(view, "web", INGRESS, "open") > allowed);
            assertTrue(LocalAgent.rulePackets(view, "web", INGRESS, "default") > denied);
            assertEquals(before, links());
        }
    }

    @Test
    void secondStartAdoptsLinksFlowsAndCounters() throws IOException {
        killed();
        try (Socket connection = Probe.connect("red", BLUE, 80, Inside.PATIENCE_MILLIS);
                KernelView view = view()) {
            assertTrue(Probe.echoes(connection));
            List<List<Integer>> linksBefore = links();
            FlowView flowBefore = connection(LocalAgent.flows(view, "blue"));
            NamespaceView blueBefore = blue(view);
            long generation = view.status().generation();
            try (LocalAgent second = LocalAgent.start(config())) {
                assertEquals(linksBefore, links(), "no link was made anew");
                FlowView flow = connection(second.flows("blue"));
                assertEquals(flowBefore.insidePort(), flow.insidePort());
                assertEquals(flowBefore.outsidePort(), flow.outsidePort());
                assertTrue(flow.packets() >= flowBefore.packets(), flow::toString);
                NamespaceView blue = blue(second.view());
                assertTrue(blue.packetsIngress() >= blueBefore.packetsIngress(), blue::toString);
                assertTrue(blue.bytesEgress() >= blueBefore.bytesEgress(), blue::toString);
                assertEquals(generation, second.view().status().generation(), "nothing changed");
                assertTrue(Probe.echoes(connection));
                FlowView later = connection(second.flows("blue"));
                assertTrue(later.packets() > flow.packets(), "it is one and the same flow");
                assertOpen(80);
            }
        }
    }

    @Test
    void secondStartRunsItsOwnPrograms() {
        LocalAgent.start(config()).close();
        List<Integer> before = programs();
        try (AgentProcess second = agent()) {
            List<Integer> now = programs();
            for (int i = 0; i < now.size(); i++) {
                assertNotEquals(before.get(i), now.get(i), "the program on hook " + i + " was renewed");
            }
            second.kill();
            assertEquals(now, programs());
        }
    }

    private static List<Integer> programs() {
        return DEVICES.stream()
                .flatMap(device -> attachments(device).stream())
                .map(attachment -> attachment.programId())
                .toList();
    }

    /// The one flow of `web`, among those of what a namespace sends on its own.
    private static FlowView connection(List<FlowView> flows) {
        List<FlowView> found =
                flows.stream().filter(flow -> flow.service().equals("tcp/80")).toList();
        assertEquals(1, found.size(), flows::toString);
        return found.getFirst();
    }

    private static NamespaceView blue(KernelView view) {
        return view.namespaces().stream()
                .filter(namespace -> namespace.name().equals("blue"))
                .findAny()
                .orElseThrow();
    }

    @Test
    void policiesChangedWhileNoAgentRanHoldFromTheStart() throws IOException {
        killed();
        save("web.yaml", allowing("tcp/81"));
        try (LocalAgent second = LocalAgent.start(config())) {
            assertOpen(81);
            assertEquals(2, second.view().status().generation());
        }
    }

    @Test
    void namespaceDeletedWhileNoAgentRanIsCleanedUp() throws IOException {
        int ifindex;
        try (AgentProcess agent = agent()) {
            ifindex = ifindex("veth-green");
            assertTrue(Inside.pings("green", "10.20.0.1"));
            agent.kill();
        }
        Shell.run("ip netns del green");
        Await.until("its device is gone", () -> !Files.exists(Path.of("/proc/sys/net/ipv4/conf/veth-green")));
        try (LocalAgent second = LocalAgent.start(config())) {
            assertTrue(second.namespace("green").isEmpty());
            assertEquals(List.of(), second.flows("green"));
            assertNothingOf(ifindex);
            assertTrue(second.view().meters().outcomes().stream()
                    .noneMatch(row -> row.namespace().equals("green")));
            assertTrue(reaches("red", 80));
        }
    }

    private void assertNothingOf(int ifindex) {
        assertTrue(
                new Links(pins).list().stream().noneMatch(pin -> pin.device().ifindex() == ifindex), "no pin is left");
    }

    @Test
    void deviceReplacedWhileNoAgentRanIsEnforcedAnew() {
        try (AgentProcess agent = agent()) {
            agent.kill();
        }
        int ifindex = ifindex("veth-blue");
        assertTrue(reaches("red", 80));
        Shell.run("ip link del veth-blue");
        Shell.run("ip link add veth-blue index %d type veth peer name eth0 netns blue".formatted(ifindex));
        Shell.run("ip link set veth-blue master br0");
        Shell.run("ip -n blue address add 10.10.0.3/24 dev eth0");
        Shell.run("ip -n blue link set eth0 up");
        Shell.run("ip link set veth-blue up");
        Shell.run("ip -n red neigh flush dev eth0");
        Await.until("its port forwards, and nothing filters it yet", () -> reaches("red", 81));
        try (LocalAgent second = LocalAgent.start(config())) {
            assertOpen(80);
            linksOf("veth-blue");
            assertTrue(second.namespace("blue").isPresent());
        }
    }

    @Test
    void namespaceReplacedByOneOfTheSameNameStartsAnew() throws IOException {
        try (AgentProcess agent = agent()) {
            assertTrue(reaches("red", 80));
            agent.kill();
        }
        web.close();
        admin.close();
        Shell.run("ip netns del blue");
        Await.until("its device is gone", () -> !Files.exists(Path.of("/proc/sys/net/ipv4/conf/veth-blue")));
        lab.onBridge("br0", "blue", BLUE + "/24", "10.10.0.1");
        Shell.run("ip -n red neigh flush dev eth0");
        web = Probe.echo("blue", BLUE, 80);
        admin = Probe.echo("blue", BLUE, 81);
        try (LocalAgent second = LocalAgent.start(config())) {
            assertEquals(0, second.rulePackets("web", INGRESS, "open"));
            assertOpen(80);
        }
    }

    @Test
    void detachLeavesNothing() {
        killed();
        AgentProcess.Ended ended =
                AgentProcess.run("detach", "--bpffs", pins.root().toString());
        assertEquals(0, ended.status(), ended.output());
        assertFalse(Files.exists(pins.root()));
        Await.until(
                "no program is attached",
                () -> DEVICES.stream().allMatch(device -> attachments(device).isEmpty()));
        assertTrue(reaches("red", 81));
        AgentProcess.Ended again =
                AgentProcess.run("detach", "--bpffs", pins.root().toString());
        assertEquals(0, again.status(), "again is nothing: " + again.output());
    }

    @Test
    void leftoversOfADetachThatWasCutAreTold() throws IOException {
        killed();
        for (Links.Pin pin : new Links(pins).list()) {
            Links.detach(pin.path());
        }
        Files.delete(pins.state()); // here it died
        AgentProcess.Ended ended =
                AgentProcess.run("status", "--bpffs", pins.root().toString());
        assertEquals(1, ended.status(), ended.output());
        assertTrue(ended.output().contains("are what a start or a detach that was cut off has left"), ended.output());
    }

    @Test
    void detachIsRefusedWhileAnAgentRuns() {
        try (AgentProcess agent = agent()) {
            AgentProcess.Ended ended =
                    AgentProcess.run("detach", "--bpffs", pins.root().toString());
            assertEquals(1, ended.status());
            assertTrue(ended.output().contains("stop it first"), ended.output());
            links();
            agent.kill();
        }
    }

    @Test
    void secondAgentOnTheSamePinsIsRefused() {
        try (AgentProcess first = agent()) {
            List<List<Integer>> before = links();
            AgentProcess.Ended second = AgentProcess.run(
                    "run",
                    "--policies",
                    policies.toString(),
                    "--bpffs",
                    pins.root().toString(),
                    "--listen",
                    "127.0.0.1:0");
            assertEquals(1, second.status());
            assertTrue(second.output().contains("another agent runs on " + pins.root()), second.output());
            assertEquals(before, links());
            assertOpen(80);
            first.kill();
        }
        try (LocalAgent third = LocalAgent.start(config())) {
            assertEquals(StatusView.State.ENFORCING, third.view().status().state());
        }
    }

    @Test
    void agentEndsInOrderWhenToldToAndEnforcementGoesOn() {
        try (AgentProcess agent = agent()) {
            List<List<Integer>> before = links();
            int status = agent.terminate().status();
            assertTrue(status == 0 || status == 143, "status " + status); // 128 + SIGTERM
            assertEquals(before, links());
            assertOpen(80);
        }
    }
}
