// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.DeviceKey.onHost;
import static dev.weir.abi.Direction.EGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.DeviceView;
import dev.weir.agent.view.Verdict;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import dev.weir.bpf.DeviceLinkInfo;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `hook: xdp` on real veths: what leaves a namespace and is denied goes no further than the driver; all else is as
/// with `hook: tcx`.
class XdpTest extends HostTest {
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";
    private static final int OPEN = 80;
    private static final int SHUT = 99;
    private static final int REJECTED = 100;
    private static final int PACKETS = 50;
    private static final String POLICY = """
            applies-to: {namespaces: [blue]}
            egress:
              default: allow
              rules:
                - {name: shut, deny: [udp/99, tcp/99]}
                - {name: refused, reject: [udp/100, tcp/100]}
                - {name: open, allow: [udp/80, tcp/80]}
            """;

    @BeforeEach
    void start() {
        redAndBlue();
        save("blue.yaml", POLICY);
    }

    private WeirConfig xdp() {
        try {
            Path file = Files.writeString(home.resolve("weir.yaml"), "hook: xdp\n");
            return ConfigFile.load(file).withPolicies(policies).withBpffs(pins.root());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ConfigException e) {
            throw new AssertionError(e);
        }
    }

    /// Packets that the XDP program of a device dropped, as its driver counts them.
    private static long dropped(String device) {
        Matcher drops = Pattern.compile("xdp_drops: (\\d+)").matcher(Shell.run("ethtool -S " + device));
        long sum = 0;
        while (drops.find()) {
            sum += Long.parseLong(drops.group(1));
        }
        return sum;
    }

    private static void awaitDropped() {
        Await.until("the driver has dropped all", () -> dropped("veth-blue") >= PACKETS);
        assertEquals(PACKETS, dropped("veth-blue"));
    }

    /// Waits until so many packets were denied, and fails if there are more.
    private static void awaitShut(LocalAgent agent, long packets) {
        Await.until("all are counted", () -> agent.rulePackets("blue", EGRESS, "shut") >= packets);
        assertEquals(packets, agent.rulePackets("blue", EGRESS, "shut"));
    }

    private static boolean carriesXdp(String device) {
        return Shell.run("ip link show dev " + device).contains(" xdp ");
    }

    private DeviceLinkInfo link(String device) {
        try (DeviceLink link = DeviceLink.openPinned(pins.link(DeviceHook.XDP, onHost(ifindex(device))))) {
            return link.info();
        }
    }

    private static DeviceView view(LocalAgent agent, String device) {
        return agent.view().status().devices().stream()
                .filter(view -> view.device().equals(device))
                .findAny()
                .orElseThrow();
    }

    private static void send(int port, int bytes) throws IOException {
        try (DatagramSocket blue = Inside.open("blue", BLUE, 0)) {
            for (int i = 0; i < PACKETS; i++) {
                Inside.send(blue, RED, port, bytes);
            }
        }
    }

    @Test
    void deniedPacketsGoNoFurtherThanTheDriverAndAreCountedOnce() throws IOException {
        try (LocalAgent agent = LocalAgent.start(xdp())) {
            assertTrue(carriesXdp("veth-blue"));
            assertEquals(List.of("xdp", "tcx"), view(agent, "veth-blue").hooks());
            assertNull(view(agent, "veth-blue").withoutXdp());
            send(SHUT, 100);
            awaitShut(agent, PACKETS);
            awaitDropped();
            assertEquals(
                    PACKETS * (14 + 20 + 8 + 100L),
                    agent.outcome("blue", EGRESS, Verdict.DENY).bytes());
            assertTrue(agent.flows("blue").stream()
                    .noneMatch(flow -> flow.service().equals("udp/" + SHUT)));
        }
    }

    @Test
    void allowedPacketsAreCountedOnceByWhoJudgesThem() throws IOException {
        try (LocalAgent agent = LocalAgent.start(xdp());
                DatagramSocket server = Inside.echo("red", RED, OPEN);
                DatagramSocket client = Inside.open("blue", BLUE, 0)) {
            for (int i = 0; i < PACKETS; i++) {
                assertTrue(Inside.asks(client, RED, server.getLocalPort()));
            }
            assertEquals(2 * PACKETS, agent.rulePackets("blue", EGRESS, "open"), "datagrams and echoes");
            assertEquals(0, dropped("veth-blue"));
            assertEquals(PACKETS, agent.flows("blue").getFirst().packetsEgress());
        }
    }

    @Test
    void connectionsCarryTheirBytes() throws IOException, InterruptedException {
        int total = 1 << 20;
        try (LocalAgent agent = LocalAgent.start(xdp());
                ServerSocket server = Probe.echo("red", RED, OPEN);
                Socket client = Probe.connect("blue", RED, server.getLocalPort(), 5_000)) {
            Thread writer = Thread.ofPlatform().start(() -> {
                try {
                    client.getOutputStream().write(new byte[total]);
                    client.shutdownOutput();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertEquals(total, client.getInputStream().readAllBytes().length);
            writer.join();
            assertTrue(agent.flows("blue").getFirst().bytesEgress() > total);
        }
    }

    @Test
    void rejectedConnectionsAreStillRefused() {
        try (LocalAgent agent = LocalAgent.start(xdp())) {
            assertEquals(Probe.Outcome.REFUSED, Probe.attempt("blue", RED, REJECTED, 5_000));
            assertEquals(Probe.Outcome.SILENT, Probe.attempt("blue", RED, SHUT, SILENCE_MILLIS));
            assertEquals(1, agent.rulePackets("blue", EGRESS, "refused"));
        }
    }

    @Test
    void datagramsInPiecesPassOrAreDroppedAsAWhole() throws IOException {
        int bytes = 4_000; // in three fragments
        try (LocalAgent agent = LocalAgent.start(xdp());
                DatagramSocket open = Inside.open("red", RED, OPEN);
                DatagramSocket blue = Inside.open("blue", BLUE, 0)) {
            DatagramPacket whole =
                    new DatagramPacket(new byte[2 * bytes], 2 * bytes, InetAddress.getLoopbackAddress(), 1);
            open.setSoTimeout(5_000);
            for (int i = 0; i < PACKETS; i++) {
                Inside.send(blue, RED, OPEN, bytes);
                open.receive(whole);
                assertEquals(bytes, whole.getLength());
            }
            send(SHUT, bytes);
            awaitShut(agent, 3 * PACKETS);
        }
    }

    @Test
    void goingBackToTcxLeavesNothingInFront() throws IOException {
        LocalAgent.start(xdp()).close();
        assertTrue(carriesXdp("veth-blue"));
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertFalse(carriesXdp("veth-blue") || carriesXdp("veth-red"));
            assertFalse(Files.exists(pins.link(DeviceHook.XDP, onHost(ifindex("veth-blue")))));
            assertEquals(List.of("tcx"), view(agent, "veth-blue").hooks());
            send(SHUT, 100);
            awaitShut(agent, PACKETS);
        }
    }

    @Test
    void killedAgentsLeaveItInFrontAndTheNextTakesItOver() throws IOException {
        Path config = Files.writeString(
                home.resolve("weir.yaml"), "hook: xdp\npolicies: %s\nbpffs: %s\n".formatted(policies, pins.root()));
        DeviceLinkInfo before;
        try (AgentProcess agent = AgentProcess.enforcing(config)) {
            before = link("veth-blue");
            agent.kill();
        }
        send(SHUT, 100);
        awaitDropped();
        try (LocalAgent agent = LocalAgent.start(xdp())) {
            assertEquals(PACKETS, agent.rulePackets("blue", EGRESS, "shut"), "what was dropped meanwhile is counted");
            assertEquals(before.linkId(), link("veth-blue").linkId(), "the link was not made anew");
            assertNotEquals(before.programId(), link("veth-blue").programId(), "but runs the program of this agent");
            send(SHUT, 100);
            awaitShut(agent, 2 * PACKETS);
        }
    }

    @Test
    void detachingRemovesItToo() {
        LocalAgent.start(xdp()).close();
        List<String> removed = Detach.all(pins.root());
        assertTrue(
                removed.contains("link " + pins.link(DeviceHook.XDP, onHost(ifindex("veth-blue")))), removed::toString);
        assertFalse(carriesXdp("veth-blue"));
        assertFalse(Files.exists(pins.root()));
    }

    @Test
    void bridgesHaveNoneAndSaySo() {
        save("segment.yaml", "applies-to: {devices: [br0]}\ningress: {default: allow}\n");
        try (LocalAgent agent = LocalAgent.start(xdp())) {
            DeviceView bridge = view(agent, "br0");
            assertEquals(List.of("tcx"), bridge.hooks());
            assertTrue(bridge.attached());
            assertEquals("its driver has no native XDP", bridge.withoutXdp());
        }
    }

    @Test
    void devicesThatCannotHaveItAreLeftToTcxAndSaySo() throws IOException {
        try (InputStream in = Objects.requireNonNull(BpfObject.class.getResourceAsStream("sample.bpf.o"));
                BpfObject object = BpfObject.open("foreign", in.readAllBytes())) {
            object.load();
            try (BpfProgram pass = object.program("xdp_pass");
                    DeviceLink foreign = DeviceLink.attach(pass, ifindex("veth-blue"), DeviceHook.XDP);
                    LocalAgent agent = LocalAgent.start(xdp())) {
                DeviceView blue = view(agent, "veth-blue");
                assertEquals(List.of("tcx"), blue.hooks());
                assertTrue(blue.attached());
                assertTrue(String.valueOf(blue.withoutXdp()).contains("another XDP program is there"), blue::toString);
                assertEquals(List.of("xdp", "tcx"), view(agent, "veth-red").hooks());
                send(SHUT, 100);
                awaitShut(agent, PACKETS);
                assertEquals(pass.info().id(), foreign.info().programId(), "the program of others stays");
            }
        }
    }
}
