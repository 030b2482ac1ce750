// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Shell;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.Verdict;
import dev.weir.agent.wire.RawSender;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Policies on an uplink: a veth into a namespace that has no name under `/run/netns`, which stands in for the
/// world.
class UplinkTest extends HostTest {
    private static final Path WORLD_FILE = Path.of("/run/weir-test-world");
    private static final String WORLD_NAME = "../" + WORLD_FILE.getFileName();
    private static final String UP0 = "device:up0";
    private static final String RED = "10.10.0.2";
    private static final String HOST = "198.51.100.1";
    private static final String WORLD = "198.51.100.2";
    private static final String HOST6 = "2001:db8:98::1";
    private static final String WORLD6 = "2001:db8:98::2";
    private static final String RED6 = "2001:db8:10::2";

    private static final String POLICY = """
            policy: uplink
            applies-to: {devices: [up0]}
            ingress:
              default: deny
              rules:
                - {name: noise, allow: [icmpv6, proto/2]}
                - {name: out, allow: udp/53}
            egress:
              default: deny
              rules:
                - {name: noise, allow: [icmpv6, proto/2]}
                - {name: service, allow: udp/80, to: ["namespace:red", host]}
            """;

    @BeforeEach
    void build() throws IOException {
        Shell.run("sysctl -qw net.ipv6.conf.default.accept_dad=0");
        redAndBlue().forwarding();
        Shell.run("sysctl -qw net.ipv6.conf.all.forwarding=1");
        Shell.run("ip address add 2001:db8:10::1/64 dev br0 nodad");
        Shell.run("ip -n red address add %s/64 dev eth0 nodad".formatted(RED6));
        Shell.run("ip -n red route add default via 2001:db8:10::1");

        Shell.run("ip netns add world");
        Shell.run("ip link add up0 type veth peer name eth0 netns world");
        Shell.run("ip address add %s/24 dev up0".formatted(HOST));
        Shell.run("ip address add %s/64 dev up0 nodad".formatted(HOST6));
        Shell.run("ip -n world address add %s/24 dev eth0".formatted(WORLD));
        Shell.run("ip -n world address add %s/64 dev eth0 nodad".formatted(WORLD6));
        Shell.run("ip link set up0 up");
        Shell.run("ip -n world link set eth0 up");
        Shell.run("ip -n world route add default via " + HOST);
        Shell.run("ip -n world route add default via " + HOST6);
        Files.createFile(WORLD_FILE);
        Shell.run("mount --bind /run/netns/world " + WORLD_FILE);
        Shell.run("ip netns del world");
        save("uplink.yaml", POLICY);
    }

    @AfterEach
    void tear() throws IOException {
        Shell.attempt(List.of("ip", "link", "del", "up0"));
        Shell.run("umount " + WORLD_FILE);
        Files.delete(WORLD_FILE);
    }

    private static boolean asks(String from, String holder, String address, int port) {
        try (DatagramSocket server = Inside.echo(holder, address, port);
                DatagramSocket client = Inside.open(from, address.contains(":") ? "::" : "0.0.0.0", 0)) {
            return Inside.asks(client, server.getLocalAddress().getHostAddress(), port);
        }
    }

    private static void assertGuarded(String world, String host, String red) {
        assertTrue(asks("red", WORLD_NAME, world, 53), "out, allowed");
        assertFalse(asks("red", WORLD_NAME, world, 54), "out, another port");
        assertTrue(asks(Inside.HOST, WORLD_NAME, world, 53), "the host's own, allowed");
        assertFalse(asks(Inside.HOST, WORLD_NAME, world, 54), "the host's own, another port");
        assertTrue(asks(WORLD_NAME, "red", red, 80), "in, allowed");
        assertFalse(asks(WORLD_NAME, "red", red, 81), "in, another port");
        assertTrue(asks(WORLD_NAME, Inside.HOST, host, 80), "to the host, allowed");
        assertFalse(asks(WORLD_NAME, Inside.HOST, host, 81), "to the host, another port");
    }

    @Test
    void whatComesFromTheWorldAndGoesThereIsJudged() {
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertGuarded(WORLD, HOST, RED);
            assertGuarded(WORLD6, HOST6, RED6);
            assertEquals(2 * 2, agent.rulePackets("uplink", INGRESS, "default"));
            assertEquals(2 * 2, agent.rulePackets("uplink", EGRESS, "default"));
            assertEquals(2 * 4, agent.rulePackets("uplink", INGRESS, "out"), "questions and answers");
            assertEquals(2 * 4, agent.rulePackets("uplink", EGRESS, "service"), "questions and answers");
        }
    }

    @Test
    void routersOfTheWorldMayAdvertiseThemselvesButNoNamespaceMay() {
        byte[] advertisement = Packet.discovery("fe80::1", "ff02::1", 134);
        try (LocalAgent agent = LocalAgent.start(config());
                RawSender sender = new RawSender(new TreeMap<>(Map.of(WORLD_NAME, "eth0", "red", "eth0")))) {
            long before = agent.outcome(UP0, EGRESS, Verdict.ALLOW).packets();
            for (int i = 0; i < 10; i++) {
                sender.send(WORLD_NAME, advertisement);
                sender.send("red", advertisement);
            }
            Await.until("all are counted", () -> spoofed(agent, "red") >= 10);
            assertEquals(10, spoofed(agent, "red"));
            Await.until(
                    "those of the world pass",
                    () -> agent.outcome(UP0, EGRESS, Verdict.ALLOW).packets() >= before + 10);
            assertEquals(0, spoofed(agent, UP0));
        }
    }

    private static long spoofed(LocalAgent agent, String namespace) {
        return agent.view().meters().drops().stream()
                .filter(drop -> drop.namespace().equals(namespace) && drop.reason() == DropReason.SPOOF)
                .mapToLong(MeterSnapshot.Drop::packets)
                .sum();
    }

    @Test
    void namespaceThatGetsItsNameLaterIsOneFromThenOn() throws IOException {
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertFalse(asks(WORLD_NAME, Inside.HOST, HOST, 81));
            assertTrue(agent.namespace(UP0).isPresent());
            assertTrue(agent.namespace("world").isEmpty());
            Path name = Files.createFile(Path.of("/run/netns/world"));
            Shell.run("mount --bind " + WORLD_FILE + " " + name);
            try {
                Await.until("it is a namespace", () -> agent.namespace("world").isPresent());
                assertEquals(
                        List.of("up0"),
                        agent.namespace("world").map(NamespaceView::devices).orElseThrow());
                assertTrue(agent.namespace(UP0).isEmpty());
                assertEquals(2, linksOf("up0").size());
                assertFalse(asks(WORLD_NAME, Inside.HOST, HOST, 81), "the policy names its device still");
            } finally {
                Shell.run("ip netns del world");
            }
            // Whoever has been a tenant is no way out of the policies of tenants by losing its name.
            Await.until(
                    "the agent tells of it",
                    () -> agent.report().world().problems().stream()
                            .anyMatch(problem -> problem.startsWith("device up0 led to namespace world")));
            assertTrue(agent.namespace(UP0).isEmpty());
            assertFalse(asks(WORLD_NAME, Inside.HOST, HOST, 81));
        }
    }
}
