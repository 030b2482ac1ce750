// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.Collectors.Sum;
import dev.weir.agent.event.EventReader;
import dev.weir.agent.flow.KernelView;
import dev.weir.agent.ipfix.Decoder;
import dev.weir.agent.lab.Probe;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.FlowView;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Collectors that others have made read what Weir says, and it is what Weir shows.
class IpfixTest extends HostTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";
    private static final int PORT = 4739;
    private static final int FORCED = 4;
    private static final int SIGTERM = 128 + 15;

    private final Collectors collectors = new Collectors(home, PORT);

    @BeforeEach
    void makeQuietNamespaces() {
        redAndBlue();
        for (String namespace : List.of("red", "blue")) {
            // Else reports of multicast membership are among the packets, whenever they like.
            Shell.run("nsenter --net=/run/netns/" + namespace + " sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
            Shell.run("sysctl -qw net.ipv6.conf.veth-" + namespace + ".disable_ipv6=1");
        }
        Shell.run("sysctl -qw net.ipv6.conf.br0.disable_ipv6=1");
        save("blue.yaml", """
                applies-to: {namespaces: [blue]}
                ingress:
                  default: deny
                  rules:
                    - {name: open, allow: [tcp/80, udp/80]}
                    - {name: pings, allow: icmp}
                """);
        save("red.yaml", """
                applies-to: {namespaces: [red]}
                mode: audit
                egress: {default: deny}
                """);
    }

    @AfterEach
    void stopCollectors() {
        collectors.close();
    }

    /// Flows that stay for longer than any test takes, so that what was told can be compared with what is there.
    private AgentProcess agent(String protocol, String active, String idle) throws IOException {
        return AgentProcess.enforcing(Files.writeString(
                home.resolve("weir.yaml"), """
                policies: %s
                bpffs: %s
                flows: {idle: {udp: 1h, icmp: 1h}}
                ipfix: {collector: "127.0.0.1:%d", protocol: %s, active-timeout: %s, idle-timeout: %s, domain: 7}
                """.formatted(policies, pins.root(), PORT, protocol, active, idle)));
    }

    private static long metric(AgentProcess agent, String name) {
        try {
            return agent.get("/metrics")
                    .lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
                    .findAny()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitMetric(AgentProcess agent, String name, long atLeast) {
        Await.within(PATIENCE, name, () -> metric(agent, name), () -> metric(agent, name) >= atLeast);
    }

    private List<FlowView> flows() {
        try (KernelView view = new KernelView(pins, query -> EventReader.waiting(pins, query))) {
            return LocalAgent.flows(view, "*");
        }
    }

    /// Flows of which no packet came for a second, by the kernel's clock; a late acknowledgement comes sooner.
    private boolean isQuiet() {
        return flows().stream()
                .allMatch(flow -> flow.lastSeenAt()
                        .plusSeconds(1)
                        .isBefore(flow.openedAt().plusSeconds(flow.ageSeconds())));
    }

    /// A connection, datagrams, and a ping, told of while they go on; then the agent stops, before the connection does.
    ///
    /// @return the flows that it has left
    private List<FlowView> talk(AgentProcess agent) throws IOException {
        try (DatagramSocket server = Inside.echo("blue", BLUE, 80);
                DatagramSocket client = Inside.open("red", RED, 0);
                ServerSocket web = Probe.echo("blue", BLUE, 80);
                Socket connection = Probe.connect("red", BLUE, web.getLocalPort(), Inside.PATIENCE_MILLIS)) {
            for (int round = 0; round < 3; round++) {
                long before = metric(agent, "weir_ipfix_records_total");
                for (int i = 0; i < 10; i++) {
                    assertTrue(Inside.asks(client, BLUE, server.getLocalPort()));
                    assertTrue(Probe.echoes(connection));
                }
                awaitMetric(agent, "weir_ipfix_records_total", before + 8); // two flows, two ways, both ends
            }
            assertTrue(Inside.pingsAtLast("red", BLUE));
            Await.within(PATIENCE, "nothing passes any more", this::flows, this::isQuiet);
            assertEquals(0, metric(agent, "weir_ipfix_records_lost_total"));
            assertEquals(0, metric(agent, "weir_ipfix_errors_total"));
            assertEquals(SIGTERM, agent.terminate().status());
            return flows();
        }
    }

    private static Map<String, Sum> shown(List<FlowView> flows, boolean named) {
        Map<String, Sum> sums = Collectors.sums(flows, named);
        assertTrue(sums.size() >= 6, sums::toString);
        return sums;
    }

    @Test
    void nfdumpReadsWhatIsShown() throws IOException {
        collectors.nfcapd();
        try (AgentProcess agent = agent("udp", "500ms", "2s")) {
            Map<String, Sum> shown = shown(talk(agent), false);
            shown.replaceAll((flow, sum) -> sum.withoutLinkHeaders());
            assertEquals(shown, collectors.nfdump());
        }
    }

    @Test
    void tsharkReadsWhatIsShownOverUdp() throws IOException {
        collectors.tcpdump();
        try (DatagramSocket sink = new DatagramSocket(PORT, HERE);
                AgentProcess agent = agent("udp", "500ms", "2s")) {
            assertEquals(PORT, sink.getLocalPort());
            assertTsharkReads("udp", talk(agent));
        }
    }

    @Test
    void tsharkReadsWhatIsShownOverTcp() throws IOException {
        collectors.tcpdump();
        try (ServerSocket server = new ServerSocket(PORT, 1, HERE)) {
            Thread sink = Thread.ofPlatform().daemon().start(() -> {
                try (Socket collector = server.accept();
                        InputStream in = collector.getInputStream()) {
                    in.transferTo(java.io.OutputStream.nullOutputStream());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            try (AgentProcess agent = agent("tcp", "500ms", "2s")) {
                assertTsharkReads("tcp", talk(agent));
            }
            assertTrue(sink.isDaemon());
        }
    }

    private void assertTsharkReads(String protocol, List<FlowView> flows) {
        Map<String, Sum> shown = shown(flows, true);
        assertTrue(shown.keySet().stream().anyMatch(key -> key.startsWith("blue blue open allow ingress ")));
        assertTrue(shown.keySet().stream().anyMatch(key -> key.startsWith("red red default audit egress ")));
        Await.within(
                PATIENCE,
                "tshark has read all",
                () -> shown + "\n" + collectors.tshark(protocol),
                () -> shown.equals(collectors.tshark(protocol)));
    }

    /// A collector that knows RFC 7011.
    private static final class Collector implements AutoCloseable {
        private final DatagramSocket socket;
        private final Decoder decoder = new Decoder();
        private final List<Decoder.Data> flows = new ArrayList<>();

        Collector() throws IOException {
            socket = new DatagramSocket(PORT, HERE);
            socket.setSoTimeout(1);
        }

        /// All flow records so far.
        List<Decoder.Data> flows() {
            DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
            try {
                while (true) {
                    socket.receive(packet);
                    decoder.read(Arrays.copyOf(packet.getData(), packet.getLength())).records().stream()
                            .filter(record -> record.set() != 258)
                            .forEach(flows::add);
                }
            } catch (SocketTimeoutException e) {
                return flows;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /// What left and entered a namespace.
        Map<Long, Sum> sums(String namespace) {
            Map<Long, Sum> sums = new TreeMap<>();
            flows().stream()
                    .filter(flow -> flow.text(1).equals(namespace))
                    .forEach(flow -> sums.merge(flow.number(61), new Sum(flow.number(2), flow.number(352)), Sum::plus));
            return sums;
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    /// Nothing is due when it goes.
    @Test
    void namespaceThatGoesIsToldToTheLastPacket() throws IOException {
        try (Collector collector = new Collector();
                AgentProcess agent = agent("udp", "1h", "1h")) {
            try (DatagramSocket server = Inside.echo("blue", BLUE, 80);
                    DatagramSocket client = Inside.open("red", RED, 0)) {
                for (int i = 0; i < 20; i++) {
                    assertTrue(Inside.asks(client, BLUE, server.getLocalPort()));
                }
            }
            assertEquals(List.of(), collector.flows());
            Shell.run("ip link del veth-blue");
            Map<Long, Sum> all = Map.of(0L, new Sum(20, 20 * 142), 1L, new Sum(20, 20 * 142));
            Await.within(PATIENCE, "it is told", collector::flows, () -> all.equals(collector.sums("blue")));
            assertTrue(collector.flows().stream().allMatch(flow -> flow.number(136) == FORCED));
            assertTrue(collector.flows().stream().allMatch(flow -> flow.text(3).equals("open")));
            assertEquals(0, metric(agent, "weir_ipfix_records_lost_total"));
        }
    }

    /// Of flows that are opened as soon as the devices are enforced, which is before anything is exported.
    @Test
    void whatPassesWhileTheAgentStartsIsTold() throws IOException {
        AtomicBoolean ended = new AtomicBoolean();
        List<DatagramSocket> clients = new ArrayList<>();
        try (Collector collector = new Collector();
                DatagramSocket server = Inside.echo("blue", BLUE, 80)) {
            Thread asking = Thread.ofPlatform().start(() -> {
                while (!ended.get() && clients.size() < 5_000) {
                    DatagramSocket client = Inside.open("red", RED, 0);
                    clients.add(client);
                    assertTrue(Inside.asks(client, BLUE, server.getLocalPort()));
                }
            });
            try (AgentProcess agent = agent("udp", "500ms", "500ms")) {
                ended.set(true);
                asking.join();
                Map<Long, Sum> shown = new TreeMap<>();
                flows().stream().filter(flow -> flow.namespace().equals("blue")).forEach(flow -> {
                    shown.merge(0L, new Sum(flow.packetsIngress(), flow.bytesIngress()), Sum::plus);
                    shown.merge(1L, new Sum(flow.packetsEgress(), flow.bytesEgress()), Sum::plus);
                });
                assertEquals(2, shown.size());
                Await.within(
                        PATIENCE,
                        "all is told",
                        () -> shown + " " + collector.sums("blue"),
                        () -> shown.equals(collector.sums("blue")));
                assertEquals(0, metric(agent, "weir_ipfix_records_lost_total"));
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            ended.set(true);
            clients.forEach(DatagramSocket::close);
        }
    }

    /// What cannot be told waits with the flow.
    @Test
    void collectorThatComesLateMissesNothing() throws IOException {
        try (AgentProcess agent = agent("udp", "500ms", "500ms");
                DatagramSocket server = Inside.echo("blue", BLUE, 80);
                DatagramSocket client = Inside.open("red", RED, 0)) {
            assertTrue(Inside.asks(client, BLUE, server.getLocalPort()));
            awaitMetric(agent, "weir_ipfix_errors_total", 1);
            try (Collector collector = new Collector()) {
                long lost = metric(agent, "weir_ipfix_records_lost_total");
                assertTrue(lost <= 4, () -> "what the first message held: " + lost);
                awaitMetric(agent, "weir_ipfix_connects_total", 2);
                long before = metric(agent, "weir_ipfix_records_total");
                for (int i = 0; i < 20; i++) {
                    assertTrue(Inside.asks(client, BLUE, server.getLocalPort()));
                }
                awaitMetric(agent, "weir_ipfix_records_total", before + 4);
                Await.within(
                        PATIENCE,
                        "it is told",
                        collector::flows,
                        () -> collector.sums("blue").values().stream()
                                        .mapToLong(Sum::packets)
                                        .allMatch(packets -> packets >= 20 && packets <= 21)
                                && collector.sums("blue").size() == 2);
            }
        }
    }

    @Test
    void nothingRunsWithoutACollector() throws IOException {
        try (AgentProcess agent = AgentProcess.enforcing(policies, pins.root())) {
            assertTrue(agent.get("/metrics").lines().noneMatch(line -> line.startsWith("weir_ipfix_records_total")));
            Path tasks = Path.of("/proc/%d/task".formatted(agent.pid()));
            try (var threads = Files.list(tasks)) {
                assertTrue(threads.noneMatch(thread -> name(thread).equals("weir-ipfix")));
            }
        }
    }

    private static String name(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).strip();
        } catch (IOException e) {
            return ""; // it has ended
        }
    }
}
