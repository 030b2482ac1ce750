// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.flow.KernelView;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.metrics.ScrapedText;
import dev.weir.agent.metrics.WeirMetrics;
import dev.weir.agent.netns.World;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.Verdict;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `on-change` and `mode` with connections that are alive while the policy changes.
class LiveChangeTest extends HostTest {
    private static final String BLUE = "10.10.0.3";

    private ServerSocket web;

    @BeforeEach
    void build() {
        redAndBlue();
        web = Probe.echo("blue", BLUE, 80);
        Await.until("all have the addresses that they give themselves, so that none moves later", () -> {
            World world = Observed.world();
            return Observed.hostAddresses(world).size() == 4
                    && world.namespaces().stream()
                            .allMatch(namespace -> namespace.addresses().size() == 2);
        });
    }

    @AfterEach
    void stop() throws IOException {
        web.close();
    }

    /// Blue's ingress, with other lines of the policy before it.
    private void saveWeb(String lines, String service) {
        save("web.yaml", """
                applies-to: {namespaces: [blue]}
                %s
                ingress:
                  default: deny
                  rules:
                    - {name: open, allow: %s, from: 10.10.0.0/24}
                """.formatted(lines, service));
    }

    private static Socket connection() throws IOException {
        return Probe.connect("red", BLUE, 80, Inside.PATIENCE_MILLIS);
    }

    private static boolean reaches() {
        return Inside.connects("red", BLUE, 80);
    }

    @Test
    void keptConnectionGoesOnAndANewOneIsDenied() throws IOException {
        saveWeb("on-change: keep", "tcp/80");
        try (LocalAgent agent = LocalAgent.start(config());
                Socket live = connection()) {
            assertTrue(Probe.echoes(live));
            saveWeb("on-change: keep", "tcp/81");
            agent.awaitReload();
            long counted = agent.rulePackets("web", INGRESS, "open");
            assertTrue(Probe.echoes(live));
            assertTrue(agent.rulePackets("web", INGRESS, "open") > counted, "by the rule that allowed it");
            assertFalse(reaches(), "a new one");
            assertTrue(Probe.echoes(live));
        }
    }

    @Test
    void keptConnectionGoesOnWhenOtherAddressesCome() throws IOException {
        saveWeb("on-change: keep", "tcp/80");
        try (LocalAgent agent = LocalAgent.start(config());
                Socket live = connection()) {
            assertTrue(Probe.echoes(live));
            saveWeb("on-change: keep", "tcp/81");
            agent.awaitReload();
            assertTrue(Probe.echoes(live));
            Shell.run("ip -n red address add 10.10.0.99/24 dev eth0");
            Await.until(
                    "the address is seen",
                    () -> agent.namespace("red")
                            .orElseThrow()
                            .addresses()
                            .toString()
                            .contains("10.10.0.99"));
            assertTrue(Probe.echoes(live));
        }
    }

    @Test
    void keptConnectionOutlivesAgents() throws IOException {
        saveWeb("on-change: keep", "tcp/80");
        try (AgentProcess first = AgentProcess.enforcing(policies, pins.root());
                Socket live = connection();
                KernelView view = new KernelView(pins, _ -> EventPage.EMPTY)) {
            assertTrue(Probe.echoes(live));
            long generation = view.status().generation();
            saveWeb("on-change: keep", "tcp/81");
            Await.until("the change is in force", () -> view.status().generation() > generation);
            first.kill();
            assertTrue(Probe.echoes(live), "while no agent runs");
            try (LocalAgent second = LocalAgent.start(config())) {
                assertTrue(Probe.echoes(live), "after the start of another");
                assertFalse(reaches(), "a new one");
                saveWeb("on-change: keep", "tcp/82");
                second.awaitReload();
                assertTrue(Probe.echoes(live), "after a reload by that");
            }
        }
    }

    @Test
    void auditedConnectionPassesIsToldAndIsCutWhenTheModeIsSwitched() throws IOException {
        saveWeb("mode: audit", "tcp/81");
        try (LocalAgent agent = LocalAgent.start(config());
                Socket live = connection()) {
            assertTrue(Probe.echoes(live));
            String metrics = ScrapedText.of(new WeirMetrics(agent.view()), WeirMetrics.Format.PROMETHEUS);
            assertCounts(metrics, "weir_packets_total", "namespace=\"blue\"", "verdict=\"audit\"");
            assertCounts(
                    metrics,
                    "weir_rule_packets_total",
                    "namespace=\"blue\"",
                    "policy=\"web\"",
                    "rule=\"default\"",
                    "action=\"audit\"");
            FlowView flow = agent.flows("blue", "tcp/80").getFirst();
            assertEquals(Verdict.AUDIT, flow.verdict());
            assertEquals("web default", flow.policy() + " " + flow.rule());
            assertEquals(0, agent.outcome("blue", INGRESS, Verdict.DENY).packets());

            saveWeb("mode: enforce", "tcp/81");
            agent.awaitReload();
            live.setSoTimeout(SILENCE_MILLIS);
            assertFalse(Probe.echoes(live));
            assertFalse(reaches());
            assertTrue(agent.outcome("blue", INGRESS, Verdict.DENY).packets() > 0);
        }
    }

    /// Whether a series of these labels counted something.
    private static void assertCounts(String metrics, String name, String... labels) {
        List<String> series = metrics.lines()
                .filter(line ->
                        line.startsWith(name + "{") && List.of(labels).stream().allMatch(line::contains))
                .toList();
        assertTrue(
                series.stream().anyMatch(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))) > 0),
                () -> name + " " + List.of(labels) + ": " + series);
    }
}
