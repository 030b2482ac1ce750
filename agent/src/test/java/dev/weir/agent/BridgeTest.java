// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.agent.cli.Question;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.Verdict;
import dev.weir.agent.view.WhyView;
import dev.weir.agent.wire.RawSender;
import dev.weir.policy.yaml.ExactService;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Policies on a bridge: what its segment exchanges with the host and, routed, with others; alone, and
/// together with policies on its ports.
class BridgeTest extends HostTest {
    private static final String BR0 = "device:br0";
    private static final String HOST = "10.10.0.1";
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";
    private static final String GREEN = "10.20.0.2";
    private static final String HOST6 = "2001:db8:10::1";
    private static final String RED6 = "2001:db8:10::2";
    private static final String BLUE6 = "2001:db8:10::3";
    private static final String GREEN6 = "2001:db8:20::2";

    /// Reports of multicast membership come whenever they like, and are none of what is counted here.
    private static final String POLICY = """
            policy: segment
            applies-to: {devices: [br0]}
            ingress:
              default: %1$s
              rules:
                - {name: noise, allow: [icmpv6, proto/2]}
                - {name: in, allow: [tcp/80, udp/80, udp/1001-1002]}
            egress:
              default: %1$s
              rules:
                - {name: noise, allow: [icmpv6, proto/2]}
                - {name: out, allow: [tcp/90, udp/90]}
            """;

    @BeforeEach
    void build() {
        // Else the host does not ask for neighbours on a new device before duplicate address detection is over.
        Shell.run("sysctl -qw net.ipv6.conf.default.accept_dad=0");
        redBlueAndGreen();
        Shell.run("sysctl -qw net.ipv6.conf.all.forwarding=1");
        Shell.run("ip address add %s/64 dev br0 nodad".formatted(HOST6));
        Shell.run("ip address add 2001:db8:20::1/64 dev veth-green nodad");
        address6("red", RED6, HOST6);
        address6("blue", BLUE6, HOST6);
        address6("green", GREEN6, "2001:db8:20::1");
        save("segment.yaml", POLICY.formatted("deny"));
    }

    private static void address6(String namespace, String address, String gateway) {
        Shell.run("ip -n %s address add %s/64 dev eth0 nodad".formatted(namespace, address));
        Shell.run("ip -n %s route add default via %s".formatted(namespace, gateway));
    }

    private static boolean asks(String from, String holder, String address, int port) {
        try (DatagramSocket server = Inside.echo(holder, address, port);
                DatagramSocket client = Inside.open(from, address.contains(":") ? "::" : "0.0.0.0", 0)) {
            return Inside.asks(client, server.getLocalAddress().getHostAddress(), port);
        }
    }

    /// The segment's traffic with the host and, through the host, with green, both ways.
    private static void assertSegmentIsGuarded(String host, String red, String blue, String green) {
        assertTrue(asks(Inside.HOST, "red", red, 80), "from the host, allowed");
        assertFalse(asks(Inside.HOST, "red", red, 81), "from the host, another port");
        assertTrue(asks("green", "red", red, 80), "routed into the segment, allowed");
        assertFalse(asks("green", "red", red, 81), "routed into the segment, another port");
        assertTrue(asks("red", Inside.HOST, host, 90), "to the host, allowed");
        assertFalse(asks("red", Inside.HOST, host, 91), "to the host, another port");
        assertTrue(asks("red", "green", green, 90), "routed out of the segment, allowed");
        assertFalse(asks("red", "green", green, 91), "routed out of the segment, another port");
        assertTrue(asks("red", "blue", blue, 81), "from port to port, which the bridge itself does not see");
    }

    @Test
    void trafficWithTheHostAndThroughItIsJudgedInBothDirections() {
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertSegmentIsGuarded(HOST, RED, BLUE, GREEN);
            assertSegmentIsGuarded(HOST6, RED6, BLUE6, GREEN6);
            assertEquals(2 * 2, agent.rulePackets("segment", INGRESS, "default"));
            assertEquals(2 * 2, agent.rulePackets("segment", EGRESS, "default"));
            assertEquals(2 * 2 * 2, agent.rulePackets("segment", INGRESS, "in"), "questions and answers");
            assertEquals(2 * 2 * 2, agent.rulePackets("segment", EGRESS, "out"), "questions and answers");
        }
    }

    @Test
    void bridgeIsGuardedWhereNoNamespaceIs() throws IOException, ConfigException {
        WeirConfig config = ConfigFile.load(
                        Files.writeString(home.resolve("weir.yaml"), "namespaces: {exclude: [\"*\"]}\n"))
                .withPolicies(policies)
                .withBpffs(pins.root());
        try (LocalAgent agent = LocalAgent.start(config)) {
            assertSegmentIsGuarded(HOST, RED, BLUE, GREEN);
            assertEquals(
                    List.of(BR0),
                    agent.view().namespaces().stream().map(NamespaceView::name).toList());
        }
    }

    @Test
    void portsOfABridgeAreFilteredWithoutHelpOfTheBridge() {
        for (String family : List.of("ip", "ip6", "arp")) {
            String key = "bridge-nf-call-" + family + "tables";
            if (Files.exists(Path.of("/proc/sys/net/bridge", key))) { // else br_netfilter is not there at all
                Shell.run("sysctl -qw net.bridge." + key + "=0");
            }
        }
        save("blue.yaml", """
                applies-to: {namespaces: [blue]}
                ingress: {default: deny, rules: [{name: noise, allow: [icmpv6, proto/2]}, {name: in, allow: udp/82}]}
                """);
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertTrue(asks("red", "blue", BLUE, 82));
            assertFalse(asks("red", "blue", BLUE, 83));
            assertTrue(asks("red", "blue", BLUE6, 82));
            assertFalse(asks("red", "blue", BLUE6, 83));
            assertEquals(2 * 2, agent.rulePackets("blue", INGRESS, "in"));
            assertEquals(2, agent.rulePackets("blue", INGRESS, "default"));
            assertEquals(0, agent.rulePackets("segment", INGRESS, "default"), "the bridge saw nothing of it");
            assertEquals(0, agent.rulePackets("segment", EGRESS, "default"), "the bridge saw nothing of it");
        }
    }

    @Test
    void routedPacketNeedsTheConsentOfTheBridgeAndOfItsPort() throws IOException {
        save("blue.yaml", """
                applies-to: {namespaces: [blue]}
                ingress:
                  default: deny
                  rules: [{name: noise, allow: [icmpv6, proto/2]}, {name: in, allow: [udp/1001, udp/1003]}]
                """);
        try (LocalAgent agent = LocalAgent.start(config())) {
            for (String blue : List.of(BLUE, BLUE6)) {
                // Else blue says that its ports are closed, and these errors belong to the flows that they are about.
                List<DatagramSocket> sinks = IntStream.rangeClosed(1001, 1004)
                        .mapToObj(port -> Inside.open("blue", blue, port))
                        .toList();
                try (DatagramSocket green = Inside.open("green", blue.contains(":") ? "::" : "0.0.0.0", 0)) {
                    for (DatagramSocket sink : sinks) {
                        for (int i = 0; i < 20; i++) {
                            Inside.send(green, blue, sink.getLocalPort(), i);
                        }
                    }
                    long all = blue.equals(BLUE) ? 40 : 2 * 40;
                    Await.until(
                            "all were counted",
                            () -> agent.view().meters().rules(),
                            () -> agent.rulePackets("segment", INGRESS, "default") == all
                                    && agent.rulePackets("blue", INGRESS, "in")
                                                    + agent.rulePackets("blue", INGRESS, "default")
                                            == all);
                } finally {
                    sinks.forEach(DatagramSocket::close);
                }
            }
            assertEquals(2 * 40, agent.rulePackets("segment", INGRESS, "in"), "1001, 1002");
            assertEquals(2 * 40, agent.rulePackets("segment", INGRESS, "default"), "1003, 1004");
            assertEquals(2 * 20, agent.rulePackets("blue", INGRESS, "in"), "1001");
            assertEquals(2 * 20, agent.rulePackets("blue", INGRESS, "default"), "1002");
        }
    }

    @Test
    void bridgeIsLeftAloneOnceNoPolicySelectsIt() throws IOException {
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertFalse(asks(Inside.HOST, "red", RED, 81));
            assertTrue(asks(Inside.HOST, "red", RED, 80));
            assertTrue(agent.flows(BR0).stream().anyMatch(flow -> flow.service().equals("udp/80")));
            assertEquals(2, linksOf("br0").size());

            Files.delete(policies.resolve("segment.yaml"));
            agent.awaitReload();
            Await.until("the bridge is let go", () -> attachments("br0").isEmpty());
            Await.until("and forgotten", () -> agent.namespace(BR0).isEmpty());
            assertEquals(List.of(), agent.flows(BR0));
            assertTrue(asks(Inside.HOST, "red", RED, 81));

            save("segment.yaml", POLICY.formatted("deny"));
            agent.awaitReload();
            assertFalse(asks(Inside.HOST, "red", RED, 81));
            assertEquals(1, agent.rulePackets("segment", INGRESS, "default"), "another endpoint, counted from nothing");
        }
    }

    @Test
    void renamedBridgeIsAnotherOne() {
        try (LocalAgent agent = LocalAgent.start(config())) {
            rename("br0", "br9");
            Await.until("the bridge is let go", () -> attachments("br9").isEmpty());
            assertTrue(asks(Inside.HOST, "red", RED, 81));
            save("segment.yaml", POLICY.formatted("deny").replace("br0", "br*"));
            agent.awaitReload();
            assertFalse(asks(Inside.HOST, "red", RED, 81));
            rename("br9", "br0");
            // A turn that has ended says so; the maps have the name in the middle of one.
            Await.until(
                    "the bridge has its name",
                    agent::report,
                    () -> agent.report().subjects().devices().stream()
                            .anyMatch(device -> device.name().equals("br0")));
            assertTrue(agent.namespace("device:br9").isEmpty());
            assertFalse(asks(Inside.HOST, "red", RED, 81));
        }
    }

    private static void rename(String from, String to) {
        Shell.run("ip link set %s down".formatted(from));
        Shell.run("ip link set %s name %s".formatted(from, to));
        Shell.run("ip link set %s up".formatted(to));
    }

    @Test
    void agentThatStartsAdoptsTheBridge() {
        List<Integer> links;
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertFalse(asks(Inside.HOST, "red", RED, 81));
            links = linksOf("br0");
        }
        assertFalse(asks(Inside.HOST, "red", RED, 81), "without an agent");
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertFalse(asks(Inside.HOST, "red", RED, 81));
            assertEquals(links, linksOf("br0"));
            assertEquals(3, agent.rulePackets("segment", INGRESS, "default"));
        }
    }

    @Test
    void bridgeIsShownAndAskedByItsName() throws Exception {
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertTrue(asks("red", Inside.HOST, HOST, 90));
            NamespaceView bridge = agent.namespace(BR0).orElseThrow();
            assertEquals(List.of("br0"), bridge.devices());
            assertEquals(List.of(), bridge.addresses());
            assertEquals(List.of("segment"), bridge.policies());
            assertEquals(0, bridge.inode());
            assertTrue(agent.view().status().devices().stream()
                    .anyMatch(device -> device.namespace().equals(BR0) && device.attached()));
            assertEquals(1, agent.flows(BR0, "udp/90").size());
            assertTrue(agent.outcome(BR0, EGRESS, Verdict.ALLOW).packets() > 0);
            WhyView why = new Why()
                    .ask(
                            config(),
                            new Question(null, "br0", EGRESS, IpAddress.parse(HOST), ExactService.parse("tcp/91")));
            assertEquals(BR0, why.namespace());
            assertEquals("segment/egress/default", why.judgement().by());
            WhyView veth = new Why()
                    .ask(
                            config(),
                            new Question(
                                    null, "veth-red", EGRESS, IpAddress.parse(HOST), ExactService.parse("tcp/91")));
            assertEquals("red", veth.namespace());
            assertEquals(Verdict.ALLOW, veth.judgement().verdict());
        }
    }

    @Test
    void refusedPacketIsAnsweredFromTheBridge() {
        save("segment.yaml", POLICY.formatted("reject"));
        try (LocalAgent agent = LocalAgent.start(config())) {
            for (String family : List.of("", "6")) {
                String host = family.isEmpty() ? HOST : HOST6;
                String red = family.isEmpty() ? RED : RED6;
                String green = family.isEmpty() ? GREEN : GREEN6;
                assertRefused(Inside.HOST, red, 81);
                assertRefused("green", red, 81);
                assertRefused("red", host, 91);
                assertRefused("red", green, 91);
            }
            assertEquals(8, agent.namespace(BR0).orElseThrow().answers());
        }
    }

    /// Nobody listens there either, so what tells is who answered: that is counted by the caller.
    private static void assertRefused(String from, String address, int port) {
        assertEquals(Probe.Outcome.REFUSED, Inside.attempt(from, address, port, Inside.PATIENCE_MILLIS));
    }

    @Test
    void taggedFramesAreLookedThrough() {
        String bridge = mac("link show dev br0");
        String red = mac("-n red link show dev eth0");
        String blue = mac("-n blue link show dev eth0");
        save("blue.yaml", """
                applies-to: {namespaces: [blue]}
                ingress: {default: allow, rules: [{name: shut, deny: udp/90}]}
                """);
        try (LocalAgent agent = LocalAgent.start(config());
                RawSender sender = new RawSender(Map.of("red", "eth0"))) {
            for (int i = 0; i < 10; i++) {
                sender.send("red", tagged(bridge, red, HOST, 90));
                sender.send("red", tagged(bridge, red, HOST, 91));
                sender.send("red", tagged(blue, red, BLUE, 90));
            }
            Await.until(
                    "all are counted",
                    () -> agent.view().meters().rules(),
                    () -> agent.rulePackets("blue", INGRESS, "shut")
                                    + agent.rulePackets("segment", EGRESS, "out")
                                    + agent.rulePackets("segment", EGRESS, "default")
                            == 30);
            assertEquals(10, agent.rulePackets("blue", INGRESS, "shut"));
            assertEquals(10, agent.rulePackets("segment", EGRESS, "out"));
            assertEquals(10, agent.rulePackets("segment", EGRESS, "default"));
        }
    }

    private static byte[] tagged(String to, String from, String address, int port) {
        byte[] plain = Packet.udpPacket(RED, 5000, address, port);
        byte[] frame = Packet.ethernet(0x8100, Packet.tag(7, 0x0800, Packet.quote(plain)));
        byte[] macs = HexFormat.of().parseHex(to + from);
        System.arraycopy(macs, 0, frame, 0, macs.length);
        return frame;
    }

    private static String mac(String command) {
        String shown = Shell.run("ip -o " + command);
        return shown.replaceAll("(?s).*link/ether ([0-9a-f:]+).*", "$1").replace(":", "");
    }

    @Test
    void deviceWithoutEthernetIsToldAsSuch() {
        save("loopback.yaml", "applies-to: {devices: [lo]}\ningress: {default: deny}\n");
        save("everything.yaml", "policy: everything\napplies-to: {devices: [\"*\"]}\negress: {default: allow}\n");
        try (LocalAgent agent = LocalAgent.start(config())) {
            var loopback = agent.view().status().devices().stream()
                    .filter(device -> device.device().equals("lo"))
                    .findAny()
                    .orElseThrow();
            assertFalse(loopback.attached());
            assertTrue(
                    String.valueOf(loopback.error())
                            .startsWith("policy loopback applies to lo, whose frames have no Ethernet header"),
                    loopback::toString);
            assertEquals(List.of(), agent.view().policies().warnings());
            save("loopback.yaml", "applies-to: {devices: [br0]}\ningress: {default: deny}\n");
            agent.awaitReload();
            assertTrue(agent.view().status().devices().stream()
                    .noneMatch(device -> device.device().equals("lo")));
        }
    }
}
