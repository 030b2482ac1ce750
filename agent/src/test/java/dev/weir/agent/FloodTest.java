// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.FlowState;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.packet.Checksums;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.wire.RawSender;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One tenant that sends a million packets of a million flows does no harm to another one.
class FloodTest extends HostTest {
    private static final int CONNECTIONS = 1_000;
    private static final int FLOWS = 1_000_000;
    private static final int SLICES = 10;
    private static final int PER_SECOND = 150_000;
    private static final int QUOTA = 65_536; // the default of flows.per-namespace
    private static final int PORTS_AT = Packet.ETHERNET + 20;
    private static final int LAST_SHUT = 655;
    private static final int DESTINATION_AT = Packet.ETHERNET + 16;
    private static final int PARTS = 99;
    private static final String BEYOND = "198.51.100.1";

    /// How much longer than beside a flood that Weir does not see a round trip may take: the scheduler of a
    /// busy machine is most of it, in the median little, in the slowest hundredth much.
    private static final double MEDIAN_NOISE = 2;

    private static final double SLOWEST_NOISE = 5;

    private LocalAgent agent;

    @BeforeEach
    void build() throws IOException, ConfigException {
        redBlueAndGreen().onBridge("br0", "grey", "10.10.0.4/24", "10.10.0.1");
        Shell.run("ip link set br0 address 02:00:00:00:00:01"); // as Packet has them
        Shell.run("ip -n red link set eth0 address 02:00:00:00:00:02");
        Shell.run("ip -n blue link set eth0 address 02:00:00:00:00:03");
        Shell.run("ip -n grey link set eth0 address 02:00:00:00:00:04");
        Shell.run("ip route add blackhole " + BEYOND);
        for (String namespace : List.of("red", "blue", "green", "grey")) {
            Shell.run("nsenter --net=/run/netns/" + namespace + " sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
        }
        save("red.yaml", """
                applies-to: {namespaces: [red]}
                egress:
                  default: deny
                  rules:
                    - {name: shut, deny: udp/1-%d}
                    - {name: open, allow: udp}
                ingress: {default: deny}
                """.formatted(LAST_SHUT));
        save("blue.yaml", """
                applies-to: {namespaces: [blue]}
                egress: {default: deny, rules: [{name: web, allow: tcp/80}, {name: parts, allow: udp/%d}]}
                ingress: {default: deny}
                """.formatted(PARTS));
        agent = LocalAgent.start(
                ConfigFile.load(Files.writeString(home.resolve("weir.yaml"), "namespaces: {exclude: [grey]}\n"))
                        .withPolicies(policies)
                        .withBpffs(pins.root()));
    }

    @AfterEach
    void stop() {
        agent.close();
        Shell.run("ip route del blackhole " + BEYOND);
    }

    /// A datagram to nowhere, out of a namespace.
    private static byte[] datagram(String namespace) {
        String source = namespace.equals("red") ? "10.10.0.2" : "10.10.0.4";
        byte[] frame = Checksums.fill(Packet.udpPacket(source, 1, BEYOND, 1));
        frame = Packet.with16(frame, PORTS_AT + 6, 0); // no checksum of UDP, for its ports will change
        return namespace.equals("red") ? frame : Packet.with(frame, 11, 4);
    }

    /// Connections of blue to green, over which bytes go round while others do what they do.
    private static final class Connections implements AutoCloseable {
        private final ServerSocket server = Probe.echo("green", "10.20.0.2", 80);
        private final List<Socket> sockets = Inside.call(
                "blue",
                () -> IntStream.range(0, CONNECTIONS)
                        .mapToObj(_ -> {
                            try {
                                Socket socket = new Socket();
                                socket.connect(server.getLocalSocketAddress(), Inside.PATIENCE_MILLIS);
                                socket.setSoTimeout(Inside.PATIENCE_MILLIS);
                                socket.setTcpNoDelay(true);
                                return socket;
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        })
                        .toList());
        private int next;

        /// Round trips over one connection after the other until `other` is done, in nanoseconds.
        long[] roundTrips(CompletableFuture<?> other) {
            LongStream.Builder nanos = LongStream.builder();
            while (!other.isDone()) {
                Socket socket = sockets.get(next++ % CONNECTIONS);
                long start = System.nanoTime();
                assertTrue(Probe.echoes(socket), () -> "a connection was lost: " + socket);
                nanos.add(System.nanoTime() - start);
            }
            other.join();
            return nanos.build().toArray();
        }

        void allLive() {
            for (Socket socket : sockets) {
                assertTrue(Probe.echoes(socket), () -> "a connection was lost: " + socket);
            }
        }

        Set<Integer> ports() {
            return sockets.stream().map(Socket::getLocalPort).collect(Collectors.toSet());
        }

        @Override
        public void close() throws IOException {
            for (Socket socket : sockets) {
                socket.close();
            }
            server.close();
        }
    }

    private static double quantile(List<long[]> parts, double quantile) {
        long[] sorted = parts.stream().flatMapToLong(Arrays::stream).sorted().toArray();
        return sorted[(int) (quantile * (sorted.length - 1))];
    }

    @Test
    void connectionsOfOneAreNeitherLostNorSlowedByAMillionFlowsOfAnother() throws IOException {
        try (Connections connections = new Connections();
                RawSender sender = new RawSender(Map.of("red", "eth0", "grey", "eth0"))) {
            connections.allLive();
            MeterSnapshot.Flows redBefore = agent.tracking("red");
            MeterSnapshot.Flows blueBefore = agent.tracking("blue");
            List<long[]> seen = new ArrayList<>();
            List<long[]> unseen = new ArrayList<>();
            for (int slice = 0; slice < SLICES; slice++) {
                int count = FLOWS / SLICES;
                for (String from : slice % 2 == 0 ? List.of("red", "grey") : List.of("grey", "red")) {
                    var flood = new RawSender.Flood(PORTS_AT, slice * count, count, PER_SECOND);
                    CompletableFuture<Void> sent =
                            CompletableFuture.runAsync(() -> sender.send(from, datagram(from), flood));
                    (from.equals("red") ? seen : unseen).add(connections.roundTrips(sent));
                }
            }
            long shut = IntStream.range(0, FLOWS)
                    .map(i -> RawSender.shuffled(i) & 0xffff)
                    .filter(port -> port >= 1 && port <= LAST_SHUT)
                    .count();
            Await.until(
                    "the last of them are judged",
                    () -> agent.view().meters().rules(),
                    () -> agent.rulePackets("red", EGRESS, "shut") + agent.rulePackets("red", EGRESS, "open") == FLOWS);
            MeterSnapshot.Flows red = agent.tracking("red");
            MeterSnapshot.Flows blue = agent.tracking("blue");

            assertEquals(
                    shut, agent.rulePackets("red", EGRESS, "shut"), "all that is refused is dropped, tracked or not");
            assertEquals(FLOWS - shut, agent.rulePackets("red", EGRESS, "open"));
            assertEquals(
                    FLOWS - shut,
                    red.opened() - redBefore.opened() + red.untracked() - redBefore.untracked(),
                    "each of them opened a flow or is counted as untracked");
            assertEquals(QUOTA, red.live());

            connections.allLive();
            assertEquals(blueBefore, blue);
            List<FlowView> flows = agent.flows("blue", "tcp/80");
            assertEquals(
                    connections.ports(),
                    flows.stream().map(FlowView::insidePort).collect(Collectors.toSet()));
            assertEquals(CONNECTIONS, flows.size());
            assertTrue(flows.stream().allMatch(flow -> flow.state() == FlowState.ESTABLISHED));

            double median = quantile(seen, 0.5) / quantile(unseen, 0.5);
            double slowest = quantile(seen, 0.99) / quantile(unseen, 0.99);
            assertTrue(median <= MEDIAN_NOISE, "the median round trip was slowed " + median + " times");
            assertTrue(slowest <= SLOWEST_NOISE, "the slowest hundredth was slowed " + slowest + " times");
        }
    }

    /// The first piece of a datagram out of red that never comes whole.
    private static byte[] unfinished() {
        byte[] datagram = Packet.udp(1_000, 1_000, new byte[16]);
        return Packet.ethernet(0x0800, Packet.ipv4("10.10.0.2", BEYOND, 17, 0x2000, datagram));
    }

    /// A piece of a datagram of 40 bytes from blue to green.
    private static byte[] piece(int id, boolean first) {
        byte[] datagram = Packet.udp(PARTS, PARTS, new byte[40]);
        byte[] half = first ? Packet.cut(datagram, 24) : Arrays.copyOfRange(datagram, 24, 48);
        byte[] ip = Packet.ipv4("10.10.0.3", "10.20.0.2", 17, first ? 0x2000 : 24 / 8, half);
        byte[] frame = Packet.with16(Packet.ethernet(0x0800, ip), Packet.ETHERNET + 4, id);
        return Checksums.fill(Packet.with(frame, 11, 3));
    }

    /// At a time one namespace can always have four datagrams on the way, mostly many more (`WEIR_FRAGMENT_WAYS`).
    @Test
    void piecesOfOneFindTheirFirstHoweverManyAnotherSendsBetween() throws IOException {
        int atATime = 4;
        try (RawSender sender = new RawSender(Map.of("red", "eth0", "blue", "eth0"));
                DatagramSocket green = Inside.open("green", "10.20.0.2", PARTS)) {
            green.setSoTimeout(Inside.PATIENCE_MILLIS);
            for (int round = 0; round < 10; round++) {
                for (int i = 0; i < atATime; i++) {
                    sender.send("blue", piece(round * atATime + i, true));
                }
                sender.send("red", unfinished(), new RawSender.Flood(DESTINATION_AT, round * 30_000, 30_000, 0));
                for (int i = 0; i < atATime; i++) {
                    sender.send("blue", piece(round * atATime + i, false));
                }
                for (int i = 0; i < atATime; i++) {
                    DatagramPacket packet = new DatagramPacket(new byte[100], 100);
                    green.receive(packet);
                    assertEquals(40, packet.getLength());
                }
            }
        }
        assertEquals(0, agent.drops("blue", EGRESS, DropReason.FRAGMENT));
        assertEquals(0, agent.drops("green", INGRESS, DropReason.FRAGMENT));
    }

    @Test
    void largeDatagramsOfOneGoRoundWhileAnotherFloodsFirstPieces() throws IOException {
        try (RawSender sender = new RawSender(Map.of("red", "eth0"));
                DatagramSocket green = Inside.echo("green", "10.20.0.2", PARTS);
                DatagramSocket blue = Inside.open("blue", "10.10.0.3", 0)) {
            RawSender.Flood flood = new RawSender.Flood(DESTINATION_AT, 0, 2 * PER_SECOND, PER_SECOND);
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> sender.send("red", unfinished(), flood));
            int passed = 0;
            while (!sent.isDone()) {
                assertTrue(Inside.asks(blue, "10.20.0.2", green.getLocalPort(), 2_000), passed + " passed");
                passed++;
            }
            sent.join();
            assertTrue(passed > 100, "only " + passed);
        }
    }
}
