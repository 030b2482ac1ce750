// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.DeviceKey;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.Links;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.upgrade.OlderVersion;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Vantages that come, go, and outlive agents.
class VantageLifeTest extends RouterRig {
    @BeforeEach
    void write() {
        save("server.yaml", SERVER_POLICY);
    }

    private List<String> pinsOfRouter() {
        int client = inRouter("to-client").ifindex();
        int server = inRouter("to-server").ifindex();
        return List.of("eg-1-" + client, "eg-1-" + server, "in-1-" + client, "in-1-" + server);
    }

    @Test
    void nextAgentTakesOverLinksFlowsAndCounters() throws IOException {
        build();
        List<Integer> links;
        try (LocalAgent agent = LocalAgent.start(routed())) {
            assertJudged();
            links = linksInRouter("to-server");
            assertEquals(2, links.size());
        }
        assertEquals(pinsOfRouter(), linkPins());
        assertJudged(); // nobody runs
        try (ServerSocket server = Probe.echo("server", SERVER, 443);
                Socket client = Probe.connect("client", SERVER, 443, Inside.PATIENCE_MILLIS);
                LocalAgent next = LocalAgent.start(routed())) {
            assertEquals(links, linksInRouter("to-server"));
            assertEquals(Map.of(1, "router"), numbers());
            assertTrue(Probe.echoes(client) && server.isBound());
            assertEquals(1, next.flows("server", "tcp/443").size());
            assertJudged();
            assertEquals(3 * 2, next.rulePackets("server", INGRESS, "default"));
            assertEquals(pinsOfRouter(), linkPins());
        }
    }

    @Test
    void newerVersionKnowsTheVantagesOfAnOlderOne() throws IOException {
        build();
        List<Integer> links;
        try (LocalAgent agent = LocalAgent.start(routed())) {
            awaitRouter(agent);
            links = linksInRouter("to-server");
        }
        try (ServerSocket server = Probe.echo("server", SERVER, 443);
                Socket client = Probe.connect("client", SERVER, 443, Inside.PATIENCE_MILLIS)) {
            OlderVersion.compiled(home.resolve("older"), UpgradeTest::otherwise).takeOver(pins);
            assertJudged();
            assertTrue(Probe.echoes(client) && server.isBound());
            try (LocalAgent newer = LocalAgent.start(routed())) {
                assertEquals(links, linksInRouter("to-server"));
                assertEquals(Map.of(1, "router"), numbers());
                assertEquals(1, newer.flows("server", "tcp/443").size());
                assertEquals(2, newer.rulePackets("server", INGRESS, "default"), "what the older one stopped");
                assertTrue(Probe.echoes(client));
                assertJudged();
            }
        }
    }

    @Test
    void vantageThatIsNotThereIsToldAndFollowedWhenItComes() {
        try (LocalAgent agent = LocalAgent.start(configured("vantages: [host, router, elsewhere]"))) {
            String problem = problem(agent, "router").orElseThrow();
            assertTrue(problem.startsWith("no network namespace is called so under /run/netns"), problem);
            build();
            awaitRouter(agent);
            assertTrue(problem(agent, "router").isEmpty());
            assertTrue(problem(agent, "elsewhere").isPresent());
            assertJudged();
        }
    }

    @Test
    void vantageThatGoesLeavesNothingAndAnotherOfItsNameIsAnother() {
        build();
        try (LocalAgent agent = LocalAgent.start(routed())) {
            awaitRouter(agent);
            Shell.run("ip netns del router");
            Await.until(
                    "its devices are forgotten",
                    () -> linkPins().isEmpty()
                            && agent.view().status().devices().isEmpty());
            assertTrue(problem(agent, "router").isPresent());
            Shell.run("ip netns add router");
            connect();
            awaitRouter(agent);
            assertJudged();
            assertEquals(List.of("router"), List.copyOf(numbers().values()));
        }
        try (WeirMaps maps = WeirMaps.openPinned(pins)) {
            maps.devices().forEach((key, slot) -> assertTrue(numbers().containsKey(key.vantage()), key::toString));
            maps.flows().forEach((key, flow) -> assertTrue(numbers().containsKey(key.vantage())));
            maps.addresses()
                    .forEach((key, number) -> assertTrue(
                            key.vantage() == DeviceKey.HOST || numbers().containsKey(key.vantage())));
        }
    }

    /// A name is no part of a namespace: whoever lives there still sends through its devices.
    @Test
    void vantageThatLosesItsNameStaysEnforced() throws IOException {
        build();
        WeirConfig config = routed();
        save("client.yaml", """
                applies-to: {namespaces: [client]}
                egress:
                  default: deny
                  rules:
                    - {name: server, allow: udp, to: "namespace:server"}
                    - {name: router, allow: udp/53, to: host}
                """);
        Process inside = new ProcessBuilder("ip", "netns", "exec", "router", "sleep", "1000").start();
        try {
            try (LocalAgent agent = LocalAgent.start(config)) {
                awaitRouter(agent);
                Await.until("it is in the router", () -> isIn(inside, "router"));
                Shell.run("ip netns del router");
                Await.until("that is told", () -> problem(agent, "router").isPresent());
                assertTrue(asks("client", "server", SERVER, 443));
                assertFalse(asks("client", "server", SERVER, 444));
                assertFalse(asks("client", "server", SERVER6, 444));
                save("server.yaml", SERVER_POLICY.replace("udp/443", "udp/444"));
                agent.awaitReload();
                assertTrue(asks("client", "server", SERVER, 444), "policies change there too");
                assertFalse(asks("client", "server", SERVER, 443));
            }
            try (LocalAgent next = LocalAgent.start(config)) {
                assertFalse(asks("client", "server", SERVER, 443));
                Shell.run("ip netns attach router " + inside.pid());
                Await.until(
                        "it is followed again", () -> problem(next, "router").isEmpty());
                assertEquals(Map.of(1, "router"), numbers());
                assertEquals(pinsOfRouter(), linkPins());
                assertTrue(asks("client", "server", SERVER, 444));
                Shell.run("ip netns del router");
                inside.destroyForcibly();
                Await.until("it is gone", () -> linkPins().isEmpty());
            }
        } finally {
            inside.destroyForcibly();
        }
    }

    private static boolean isIn(Process process, String namespace) {
        return Shell.run("ip netns identify " + process.pid()).strip().equals(namespace);
    }

    @Test
    void linkThatOthersTakeOffInTheRouterComesBack() throws IOException {
        build();
        try (LocalAgent agent = LocalAgent.start(routed())) {
            int ifindex = inRouter("to-server").ifindex();
            DeviceKey device = new DeviceKey(ifindex, 1);
            try (DeviceLink link = DeviceLink.openPinned(pins.link(DeviceHook.TCX_EGRESS, device))) {
                link.detach();
            }
            Await.until(
                    "it is told and mended",
                    () -> agent.view().status().drift(),
                    () -> agent.view().status().drift().stream()
                            .anyMatch(drift -> drift.kind().equals("link-missing")
                                    && "router/to-server".equals(drift.device())
                                    && drift.ended() != null));
            assertEquals(2, linksInRouter("to-server").size());
            assertJudged();
            Files.delete(pins.link(DeviceHook.TCX_INGRESS, device));
            Await.until("it is pinned again", () -> linkPins().equals(pinsOfRouter()));
        }
    }

    @Test
    void deviceThatComesIntoTheRouterIsEnforced() {
        build();
        try (LocalAgent agent = LocalAgent.start(routed())) {
            Shell.run("ip -n router link del to-server");
            Await.until("it is forgotten", () -> devicesOfRouter(agent).equals(List.of("to-client")));
            Shell.run("ip -n router link add to-server type veth peer name eth0 netns server");
            Await.until(
                    "it is enforced while it is down",
                    () -> devicesOfRouter(agent).size() == 2);
            assertEquals(2, linksInRouter("to-server").size());
        }
    }

    @Test
    void vantageThatIsNotWantedAnyMoreIsLeft() {
        build();
        try (LocalAgent agent = LocalAgent.start(routed())) {
            awaitRouter(agent);
        }
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertEquals(List.of(), linkPins());
            assertEquals(List.of(), linksInRouter("to-server"));
            assertEquals(List.of(), agent.view().status().devices());
            assertTrue(asks("client", "server", SERVER, 444));
            Shell.run("ip netns add third");
            Await.until("the number is free", () -> numbers().isEmpty());
        } finally {
            Shell.run("ip netns del third");
        }
    }

    @Test
    void detachTakesTheProgramsOffInEveryVantage() {
        build();
        LocalAgent.start(routed()).close();
        assertEquals(4, new Links(pins).list().size());
        List<String> removed = Detach.all(pins.root());
        assertEquals(
                4, removed.stream().filter(line -> line.startsWith("link ")).count(), removed::toString);
        assertFalse(Files.exists(pins.root()));
        assertEquals(List.of(), linksInRouter("to-server"));
        assertTrue(asks("client", "server", SERVER, 444));
    }

    @Test
    void namesThatCannotBeVantagesOfTheirOwnAreTold() {
        build();
        Shell.run("ip netns attach again " + ProcessHandle.current().pid());
        Shell.run("touch /run/netns/plain");
        try (LocalAgent agent = LocalAgent.start(configured("vantages: [host, again, plain, router]"))) {
            awaitRouter(agent);
            String again = problem(agent, "again").orElseThrow();
            assertTrue(again.startsWith("it is the namespace of the agent itself"), again);
            assertTrue(problem(agent, "plain").isPresent());
        } finally {
            Shell.run("ip netns del again");
            Shell.run("rm -f /run/netns/plain");
        }
    }
}
