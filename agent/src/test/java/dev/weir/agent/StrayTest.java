// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.NamespaceView;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Nobody steps out of the policies by taking the end of a device along into a namespace that has no name.
class StrayTest extends HostTest {
    private static final String BLUE = "10.10.0.3";

    private Hideout hideout;

    @BeforeEach
    void build() {
        redAndBlue();
        save("red.yaml", """
                applies-to: {namespaces: [red]}
                egress: {default: deny, rules: [{name: web, allow: tcp/80}]}
                """);
        hideout = Hideout.start();
    }

    @AfterEach
    void end() {
        hideout.close();
    }

    private WeirConfig unguarded() {
        try {
            Path file = Files.writeString(home.resolve("weir.yaml"), """
                    policies: %s
                    bpffs: %s
                    spoof-guard: false
                    """.formatted(policies, pins.root()));
            return ConfigFile.load(file);
        } catch (IOException | ConfigException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Red as root takes its only device away and gives it the address that it had.
    private void stepOut() {
        Shell.run("ip -n red link set eth0 netns " + hideout.pid());
        hideout.run("ip address add 10.10.0.2/24 dev eth0");
        hideout.run("ip link set eth0 up");
        Await.until(
                "its port forwards again",
                () -> Shell.run("bridge link show dev veth-red").contains("state forwarding"));
    }

    private boolean reaches(int port) {
        return hideout.connects(BLUE, port);
    }

    private static void awaitTold(LocalAgent agent) {
        Await.until(
                "the agent tells of the device",
                () -> agent.report().world().problems().stream()
                        .anyMatch(problem -> problem.startsWith("device veth-red led to namespace red")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ip netns del red", "true"})
    void deviceStaysUnderThePoliciesOfItsNamespace(String andThen) throws IOException {
        try (ServerSocket web = Probe.echo("blue", BLUE, 80);
                ServerSocket shut = Probe.echo("blue", BLUE, 81);
                LocalAgent agent = LocalAgent.start(unguarded())) {
            List<Integer> links = linksOf("veth-red");
            stepOut();
            Shell.run(andThen);
            awaitTold(agent);
            long denied = agent.drops("red", EGRESS, DropReason.POLICY);
            assertFalse(reaches(81));
            assertTrue(reaches(80));
            assertTrue(agent.drops("red", EGRESS, DropReason.POLICY) > denied);
            assertEquals(links, linksOf("veth-red"));
            assertEquals(
                    List.of("veth-red"),
                    agent.namespace("red").map(NamespaceView::devices).orElseThrow());
        }
        try (ServerSocket shut = Probe.echo("blue", BLUE, 81);
                LocalAgent next = LocalAgent.start(unguarded())) {
            awaitTold(next);
            assertFalse(reaches(81));
        }
    }

    @Test
    void underTheGuardNothingLeavesByIt() throws IOException {
        try (ServerSocket web = Probe.echo("blue", BLUE, 80);
                LocalAgent agent = LocalAgent.start(config())) {
            stepOut();
            awaitTold(agent);
            long spoofed = agent.drops("red", EGRESS, DropReason.SPOOF);
            assertFalse(reaches(80));
            assertTrue(agent.drops("red", EGRESS, DropReason.SPOOF) > spoofed);
        }
    }
}
