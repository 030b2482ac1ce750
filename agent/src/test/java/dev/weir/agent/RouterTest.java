// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.Weir;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.MeterSnapshot;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Real traffic through a router whose devices are judged where they are: in its own namespace.
class RouterTest extends RouterRig {
    @BeforeEach
    void start() {
        build();
        save("server.yaml", SERVER_POLICY);
    }

    @Test
    void trafficIsJudgedCountedAndShownInTheVantageOfTheRouter() throws IOException {
        try (LocalAgent agent = LocalAgent.start(routed())) {
            assertEquals(Map.of(), agent.report().deviceErrors());
            assertEquals(List.of("to-client", "to-server"), devicesOfRouter(agent));
            assertEquals(List.of(), problem(agent, "router").stream().toList());
            assertJudged();
            assertTrue(asks("client", "server", SERVER6, 443), "IPv6, allowed");
            assertFalse(asks("client", "server", SERVER6, 444), "IPv6, another port");
            assertFalse(asks("server", "client", CLIENT, 443), "the server opens nothing");
            assertEquals(4, agent.rulePackets("server", INGRESS, "client"), "questions and answers");
            assertEquals(3, agent.rulePackets("server", INGRESS, "default"));
            assertEquals(1, agent.rulePackets("server", EGRESS, "default"));
            try (ServerSocket server = Probe.echo("server", SERVER, 443);
                    Socket client = Probe.connect("client", SERVER, 443, Inside.PATIENCE_MILLIS)) {
                assertTrue(Probe.echoes(client) && server.isBound());
                assertEquals(
                        List.of("router/to-server"),
                        agent.flows("server", "tcp/443").stream()
                                .map(FlowView::device)
                                .toList());
                assertEquals(
                        List.of("router/to-client"),
                        agent.flows("client", "tcp/443").stream()
                                .map(FlowView::device)
                                .toList());
            }
            assertEquals(
                    List.of("router/to-client"),
                    agent.namespace("client").orElseThrow().devices());
            assertEquals(
                    List.of("router/to-client", "router/to-server"),
                    agent.view().meters().devices().stream()
                            .map(MeterSnapshot.Device::device)
                            .sorted()
                            .toList());
        }
    }

    /// The first two lines of what `weir why` says.
    private String why(String question) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String line = "why --config %s --policies %s --bpffs %s %s"
                .formatted(home.resolve("weir.yaml"), policies, pins.root(), question);
        ExitCode code = Weir.run(Main.wiring(), false, new PrintWriter(out), new PrintWriter(err), line.split(" "));
        assertEquals(ExitCode.OK, code, err::toString);
        return out.toString().lines().limit(2).map(String::strip).collect(Collectors.joining(" "));
    }

    @Test
    void whyAsksTheProgramsOfTheRouter() {
        try (LocalAgent agent = LocalAgent.start(routed())) {
            assertEquals(
                    "allow: tcp/443 from 10.1.0.2 (held by client) into server (10.2.0.2) through router/to-server by server/ingress/client",
                    why("--namespace server --direction ingress --peer 10.1.0.2 --service tcp/443"));
            assertEquals(
                    "deny: tcp/443 from 10.2.0.1 (held by host) into server (10.2.0.2) through router/to-server by server/ingress/default",
                    why("--device router/to-server --direction ingress --peer 10.2.0.1 --service tcp/443"));
            assertEquals(0, agent.rulePackets("server", INGRESS, "default"), "asking counts nothing");
        }
    }

    @Test
    void equalIfindexesInTwoVantagesAreTwoDevices() {
        Shell.run("ip netns add near");
        try {
            String veth = "add name %s index %d type veth peer name %s netns %s";
            Shell.run("ip -n router link " + veth.formatted("later", 4711, "eth1", "client"));
            Shell.run("ip link " + veth.formatted("near0", 4711, "eth0", "near"));
            Shell.run("ip -n near address add 10.1.0.2/24 dev eth0"); // as the client has it, elsewhere
            Shell.run("ip address add 10.1.0.1/24 dev near0");
            Shell.run("ip -n near link set eth0 up");
            Shell.run("ip link set near0 up");
            save("near.yaml", "applies-to: {namespaces: [near]}\ningress: {default: deny}\n");
            try (LocalAgent agent = LocalAgent.start(routed())) {
                assertEquals(
                        List.of("near0", "router/later", "router/to-client", "router/to-server"),
                        agent.view().meters().devices().stream()
                                .filter(MeterSnapshot.Device::attached)
                                .map(MeterSnapshot.Device::device)
                                .sorted()
                                .toList());
                assertFalse(asks(Inside.HOST, "near", CLIENT, 443), "of the host");
                assertTrue(asks("near", Inside.HOST, CLIENT_SIDE, 443), "to the host");
                assertJudged();
                assertEquals(List.of("10.1.0.2"), held(agent, "near"));
                assertTrue(held(agent, "client").contains("10.1.0.2"), "each holds it in its vantage");
            }
        } finally {
            Shell.attempt(List.of("ip", "link", "del", "near0"));
            Shell.run("ip netns del near");
        }
    }

    private static List<String> held(LocalAgent agent, String namespace) {
        return agent.namespace(namespace).orElseThrow().addresses().stream()
                .filter(address -> address.isV4())
                .map(Object::toString)
                .toList();
    }

    @Test
    void whoSendsInAnothersNameIsStoppedAtTheRouter() {
        Shell.run("ip -n client address add 192.0.2.7/32 dev eth0");
        try (LocalAgent agent = LocalAgent.start(routed());
                DatagramSocket server = Inside.echo("server", SERVER, 443);
                DatagramSocket forger = Inside.open("client", "192.0.2.7", 0)) {
            assertTrue(server.isBound());
            assertFalse(Inside.asks(forger, SERVER, 443), "an address outside the subnets of the router");
            assertTrue(agent.drops("client", EGRESS, DropReason.SPOOF) > 0);
            Shell.run("ip -n router route add 192.0.2.7/32 dev to-client");
            Await.until(
                    "the router sends there now, so the client holds it",
                    () -> held(agent, "client").contains("192.0.2.7"));
            Await.until("it is let through", () -> Inside.asks(forger, SERVER, 443));
        }
    }

    @Test
    void bridgeInsideTheRouterIsADeviceOfItsVantage() {
        Shell.run("ip -n router link add br0 type bridge");
        Shell.run("ip -n router link set br0 up");
        Shell.run("ip -n router address del 10.1.0.1/24 dev to-client");
        Shell.run("ip -n router address add 10.1.0.1/24 dev br0");
        Shell.run("ip -n router link set to-client master br0");
        Shell.run("ip link add br0 type bridge");
        Shell.run("ip link set br0 up");
        try {
            save("bridge.yaml", """
                    applies-to: {devices: [br0]}
                    ingress:
                      default: deny
                      rules: [{name: noise, allow: [icmpv6/143, proto/2]}]
                    egress:
                      default: deny
                      rules: [{name: web, allow: udp/443}, {name: noise, allow: [icmpv6/143, proto/2]}]
                    """);
            try (LocalAgent agent = LocalAgent.start(routed())) {
                assertTrue(asks("client", "server", SERVER, 443));
                assertFalse(asks("client", "server", SERVER, 444));
                assertTrue(agent.namespace("device:br0").isPresent(), "that of the host");
                assertEquals(
                        List.of("router/br0"),
                        agent.namespace("device:router/br0").orElseThrow().devices());
                assertEquals(
                        1,
                        agent.view().meters().rules().stream()
                                .filter(row -> row.namespace().equals("device:router/br0")
                                        && row.direction() == EGRESS
                                        && row.rule().equals("default"))
                                .mapToLong(MeterSnapshot.Rule::packets)
                                .sum());
            }
        } finally {
            Shell.run("ip link del br0");
        }
    }

    /// The router is a tenant of the host, too, and carries what the client sends.
    @Test
    void routerThatLeadsToTheHostIsATenantThereAndForwardsOnlyIfItMay() {
        Shell.run("ip link add veth-router type veth peer name up0 netns router");
        try {
            Shell.run("ip address add 198.51.100.1/24 dev veth-router");
            Shell.run("ip link set veth-router up");
            Shell.run("ip -n router address add 198.51.100.2/24 dev up0");
            Shell.run("ip -n router link set up0 up");
            Shell.run("ip route add 10.1.0.0/24 via 198.51.100.2");
            try (LocalAgent agent = LocalAgent.start(routed())) {
                assertTrue(asks("router", Inside.HOST, "198.51.100.1", 53));
                assertFalse(asks("client", Inside.HOST, "198.51.100.1", 54));
                assertTrue(agent.drops("router", EGRESS, DropReason.SPOOF) > 0);
            }
            try (LocalAgent agent =
                    LocalAgent.start(configured("vantages: [host, router]\nnamespaces: {forwarders: [router]}\n"))) {
                assertTrue(asks("client", Inside.HOST, "198.51.100.1", 55));
            }
        } finally {
            Shell.attempt(List.of("ip", "link", "del", "veth-router"));
        }
    }

    @Test
    void programInFrontDropsInTheVantageOfTheRouterToo() {
        try (LocalAgent agent = LocalAgent.start(configured("vantages: [host, router]\nhook: xdp\n"))) {
            assertEquals(
                    List.of(List.of("xdp", "tcx"), List.of("xdp", "tcx")),
                    agent.view().status().devices().stream()
                            .map(device -> device.hooks())
                            .toList());
            assertJudged();
            assertFalse(asks("server", "client", CLIENT, 443));
            assertEquals(1, agent.rulePackets("server", EGRESS, "default"));
        }
    }
}
