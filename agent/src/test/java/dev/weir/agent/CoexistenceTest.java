// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Count;
import dev.weir.abi.IpAddress;
import dev.weir.agent.lab.Shell;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import dev.weir.bpf.MappedArray;
import dev.weir.bpf.PerCpuArray;
import dev.weir.bpf.TcxAttachment;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Weir beside a program of others on the same device, and beside nftables on the host: each drops what it drops, and
/// what one lets pass the next one sees, to the packet.
class CoexistenceTest extends HostTest {
    private static final int OPEN = 80;
    private static final int SHUT_BY_PROGRAM = 97;
    private static final int SHUT_BY_NFTABLES = 98;
    private static final int SHUT_BY_WEIR = 99;
    private static final int PACKETS = 50;
    private static final int PAYLOAD = 100;
    private static final String BLUE = "10.10.0.3";

    private static final String POLICY = """
            applies-to: {namespaces: [green, red]}
            egress:
              default: allow
              rules:
                - {name: shut, deny: udp/99}
                - {name: open, allow: [udp/80, udp/97, udp/98]}
            """;
    private static final String RULESET = """
            table inet weir_test {
                chain forward {
                    type filter hook forward priority 0; policy accept;
                    udp dport 80 counter accept
                    udp dport 97 counter
                    udp dport 98 counter drop
                    udp dport 99 counter
                }
            }
            """;

    private static final String BRIDGE_CALLS_NFTABLES = "net.bridge.bridge-nf-call-iptables";

    private final BpfObject object = BpfObject.open("foreign", sample());

    @BeforeEach
    void start() throws IOException {
        object.load();
        redBlueAndGreen();
        save("tenants.yaml", POLICY);
        Path ruleset = Files.writeString(home.resolve("ruleset"), RULESET);
        Shell.run("nft -f " + ruleset);
    }

    @AfterEach
    void stop() {
        Shell.run("nft delete table inet weir_test");
        object.close();
    }

    private static byte[] sample() {
        try (InputStream in = Objects.requireNonNull(BpfObject.class.getResourceAsStream("sample.bpf.o"))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// What nftables has counted for a port.
    private static Count nftables(int port) {
        String chain = Shell.run("nft list chain inet weir_test forward");
        Matcher counter = Pattern.compile("udp dport " + port + " counter packets (\\d+) bytes (\\d+)")
                .matcher(chain);
        assertTrue(counter.find(), chain);
        return new Count(Long.parseLong(counter.group(1)), Long.parseLong(counter.group(2)));
    }

    private static void send(String namespace, String address, int port) throws IOException {
        try (DatagramSocket socket = Inside.open(namespace, address, 0)) {
            for (int i = 0; i < PACKETS; i++) {
                Inside.send(socket, BLUE, port, PAYLOAD);
            }
        }
    }

    private static void sendAllFromGreen() throws IOException {
        for (int port : List.of(OPEN, SHUT_BY_PROGRAM, SHUT_BY_NFTABLES, SHUT_BY_WEIR)) {
            send("green", "10.20.0.2", port);
        }
    }

    /// As nftables counts them: without the Ethernet header.
    private static Count sent() {
        return new Count(PACKETS, PACKETS * (20L + 8 + PAYLOAD));
    }

    @Test
    void eachSeesWhatTheOneBeforeLetPass() throws IOException {
        int device = ifindex("veth-green");
        try (MappedArray words = object.mappedArray("shared")) {
            words.setInt(0, SHUT_BY_WEIR);
            words.setInt(Integer.BYTES, SHUT_BY_PROGRAM);
        }
        try (BpfProgram filter = object.program("filter");
                PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC);
                DeviceLink foreign = DeviceLink.attach(filter, device, DeviceHook.TCX_INGRESS);
                LocalAgent agent = LocalAgent.start(config());
                DatagramSocket blue = Inside.open("blue", BLUE, OPEN)) {
            assertEquals(
                    foreign.info().linkId(),
                    TcxAttachment.chain(device, DeviceHook.TCX_INGRESS)
                            .orElseThrow()
                            .getLast()
                            .linkId(),
                    "Weir stands in front");

            sendAllFromGreen();
            Await.until(
                    "the last of all that was sent is where it ends",
                    () -> Shell.run("nft list ruleset"),
                    () -> agent.rulePackets("tenants", EGRESS, "shut") == PACKETS
                            && counts.sum(3).packets() == PACKETS
                            && nftables(SHUT_BY_NFTABLES).packets() == PACKETS
                            && arrived(agent) == PACKETS);

            assertEquals(0, counts.sum(2).packets(), "what Weir denies reaches no program behind it");
            assertEquals(new Count(0, 0), nftables(SHUT_BY_WEIR), "nor nftables");

            assertEquals(3 * PACKETS, agent.rulePackets("tenants", EGRESS, "open"));
            assertEquals(
                    new Count(0, 0), nftables(SHUT_BY_PROGRAM), "what Weir allows, another program may still drop");
            assertEquals(sent(), nftables(SHUT_BY_NFTABLES), "or nftables");
            assertEquals(sent(), nftables(OPEN));
            assertEquals(PACKETS, arrived(agent), "the end of the way sees what all let pass");
            assertTrue(blue.isBound());
        }
    }

    /// What came to blue from green.
    private static long arrived(LocalAgent agent) {
        return agent.flows("blue").stream()
                .filter(flow -> flow.outsideAddress().equals(IpAddress.parse("10.20.0.2")))
                .mapToLong(flow -> flow.packetsIngress())
                .sum();
    }

    @Test
    void programsThatTakeEveryPacketHideNoneFromWeir() throws IOException {
        try (BpfProgram take = object.program("take");
                PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC);
                DeviceLink ingress = DeviceLink.attach(take, ifindex("veth-green"), DeviceHook.TCX_INGRESS);
                LocalAgent agent = LocalAgent.start(config());
                DatagramSocket open = Inside.open("blue", BLUE, OPEN);
                DatagramSocket alsoOpen = Inside.open("blue", BLUE, SHUT_BY_PROGRAM)) {
            sendAllFromGreen();
            Await.until(
                    "the last of all that was sent is where it ends",
                    () -> Shell.run("nft list ruleset"),
                    () -> agent.rulePackets("tenants", EGRESS, "shut") == PACKETS
                            && nftables(SHUT_BY_NFTABLES).packets() == PACKETS
                            && arrived(agent) == 2 * PACKETS);
            assertEquals(3 * PACKETS, agent.rulePackets("tenants", EGRESS, "open"));
            assertTrue(counts.sum(2).packets() >= 3 * PACKETS, "and Weir none from them");
            assertEquals(new Count(0, 0), nftables(SHUT_BY_WEIR));
            assertTrue(ingress.info().ifindex() != 0 && open.isBound() && alsoOpen.isBound());
        }
    }

    @Test
    void trafficBetweenPortsOfABridgeIsFilteredWhereNftablesSeesNone() throws IOException {
        switchBridgeNetfilter(0);
        try (LocalAgent agent = LocalAgent.start(config());
                DatagramSocket open = Inside.echo("blue", BLUE, OPEN);
                DatagramSocket shut = Inside.echo("blue", BLUE, SHUT_BY_WEIR);
                DatagramSocket red = Inside.open("red", "10.10.0.2", 0)) {
            assertTrue(Inside.asks(red, BLUE, open.getLocalPort()));
            assertFalse(Inside.asks(red, BLUE, shut.getLocalPort()));
            assertEquals(1, agent.rulePackets("tenants", EGRESS, "shut"));
            assertEquals(2, agent.rulePackets("tenants", EGRESS, "open"), "the datagram and its echo");
            assertEquals(new Count(0, 0), nftables(OPEN));
        } finally {
            switchBridgeNetfilter(1);
        }
    }

    /// Where the kernel has br_netfilter at all, it shows bridged packets to nftables, as a default.
    private static void switchBridgeNetfilter(int on) {
        if (Files.exists(Path.of("/proc/sys/net/bridge"))) {
            Shell.run("sysctl -qw " + BRIDGE_CALLS_NFTABLES + "=" + on);
        }
    }
}
