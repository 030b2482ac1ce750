// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.agent.flow.KernelView;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.FlowView;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The bytes of flows are those of the devices, as `ip -s link` shows them, and those of iperf3's own report, with
/// the headers of each packet added. No agent runs meanwhile, so no flow goes before it is looked at.
class Iperf3Test extends HostTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RED = "10.10.0.2";
    private static final String BLUE = "10.10.0.3";

    /// A whole packet of Ethernet.
    private static final int PACKET = 1514;

    /// Ethernet, IPv4, and TCP with timestamps, which all packets have; the SYN has more options.
    private static final int TCP_HEADERS = 14 + 20 + 32;

    private static final int MORE_OF_SYN = 8;

    /// Ethernet, IPv4 and UDP.
    private static final int UDP_HEADERS = 14 + 20 + 8;

    /// What iperf3 says first on each connection, and in its first datagram, and does not report.
    private static final int COOKIE = 37;

    private static final int GREETING = 4;

    private static final int RUNS = 40;

    private KernelView view;
    private Carried redBefore;
    private Carried blueBefore;

    /// What a device has carried, as its namespace sees it.
    private record Carried(long packetsEgress, long bytesEgress, long packetsIngress, long bytesIngress) {
        Carried since(Carried before) {
            return new Carried(
                    packetsEgress - before.packetsEgress,
                    bytesEgress - before.bytesEgress,
                    packetsIngress - before.packetsIngress,
                    bytesIngress - before.bytesIngress);
        }
    }

    @BeforeEach
    void start() {
        redAndBlue();
        quiet("red", "blue");
        neighbours("red", BLUE, "blue");
        neighbours("blue", RED, "red");
        LocalAgent.start(config()).close();
        view = new KernelView(pins, query -> EventPage.EMPTY);
        redBefore = carried("red");
        blueBefore = carried("blue");
    }

    @AfterEach
    void stop() {
        view.close();
    }

    /// Spares a namespace from asking for the address of another, which is no flow.
    private static void neighbours(String namespace, String address, String other) {
        String mac = link("ip -n " + other + " -s -j link show dev eth0")
                .path("address")
                .asText();
        Shell.run("ip -n %s neighbour replace %s lladdr %s dev eth0 nud permanent".formatted(namespace, address, mac));
    }

    private static JsonNode link(String show) {
        try {
            return JSON.readTree(Shell.run(show)).path(0);
        } catch (IOException e) {
            throw new UncheckedIOException(show, e);
        }
    }

    /// The host's end of a device receives what the namespace sends.
    private static Carried carried(String namespace) {
        JsonNode counts = link("ip -s -j link show dev veth-" + namespace).path("stats64");
        return new Carried(
                counts.at("/rx/packets").asLong(),
                counts.at("/rx/bytes").asLong(),
                counts.at("/tx/packets").asLong(),
                counts.at("/tx/bytes").asLong());
    }

    private Carried counted(String namespace) {
        List<FlowView> flows = LocalAgent.flows(view, namespace);
        return new Carried(
                sum(flows, FlowView::packetsEgress),
                sum(flows, FlowView::bytesEgress),
                sum(flows, FlowView::packetsIngress),
                sum(flows, FlowView::bytesIngress));
    }

    private static long sum(List<FlowView> flows, ToLongFunction<FlowView> count) {
        return flows.stream().mapToLong(count).sum();
    }

    /// A packet may be on its way still, counted by one of the two.
    private void assertDevicesAgree() {
        Await.until(
                "the devices have carried what flows have",
                () -> carried("red").since(redBefore) + " " + counted("red") + "; "
                        + carried("blue").since(blueBefore) + " " + counted("blue"),
                () -> carried("red").since(redBefore).equals(counted("red"))
                        && carried("blue").since(blueBefore).equals(counted("blue")));
    }

    /// One test from red to blue, as its client reports it.
    private static JsonNode iperf3(String options) throws IOException {
        Process server = new ProcessBuilder(
                        "nsenter", "--net=/run/netns/blue", "iperf3", "--server", "--one-off", "--forceflush")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = server.inputReader()) {
            String line = output.readLine();
            while (line != null && !line.startsWith("Server listening")) {
                line = output.readLine();
            }
            assertTrue(line != null, "iperf3 has not begun to listen");
            return JSON.readTree(
                    Shell.run("nsenter --net=/run/netns/red iperf3 --client " + BLUE + " --json " + options));
        } finally {
            server.destroy();
        }
    }

    private static int port(JsonNode report) {
        return report.at("/start/connected/0/local_port").asInt();
    }

    /// The flow of the test itself; iperf3 has another one to talk about it.
    private FlowView flow(JsonNode report, String protocol) {
        return LocalAgent.flows(view, "red").stream()
                .filter(each -> each.protocol().equals(protocol) && each.insidePort() == port(report))
                .findAny()
                .orElseThrow();
    }

    /// Segments that red has sent again.
    private static long repeated() {
        List<String> lines = Shell.run("nsenter --net=/run/netns/red cat /proc/net/snmp")
                .lines()
                .filter(line -> line.startsWith("Tcp:"))
                .toList();
        int column = List.of(lines.getFirst().split(" ", -1)).indexOf("RetransSegs");
        return Long.parseLong(lines.getLast().split(" ", -1)[column]);
    }

    /// The server closes when its client says that it has written all, be all read or not; what is not sent by then
    /// never is. And what is sent again counts again. So a run is exact if all was read and nothing sent again, and
    /// the others are so within what was not.
    @Test
    void bytesOfTcpAreThoseOfTheDevicesAndOfIperf3() throws IOException {
        boolean exact = false;
        for (int run = 0; run < RUNS && !exact; run++) {
            long before = repeated();
            JsonNode report = iperf3("--bytes 20M --bitrate 400M --window 256K");
            assertDevicesAgree();
            long sent = report.at("/end/sum_sent/bytes").asLong();
            long received = report.at("/end/sum_received/bytes").asLong();
            FlowView flow = flow(report, "tcp");
            long again = repeated() - before;
            long payload = flow.bytesEgress() - flow.packetsEgress() * TCP_HEADERS - MORE_OF_SYN - COOKIE;

            assertTrue(sent >= 20 << 20, report::toString);
            assertTrue(
                    received - PACKET <= payload && payload <= sent + (again + 1) * PACKET,
                    () -> "%d sent, %d received, %d segments again, but %d counted: %s"
                            .formatted(sent, received, again, payload, flow));
            exact = sent == received && again == 0;
        }
        assertTrue(exact, "iperf3 has never read all that it sent");
    }

    /// As many datagrams as the host's queue for what devices receive holds (`net.core.netdev_max_backlog`): none is
    /// dropped on the way, however late the kernel comes to it.
    @Test
    void bytesOfUdpAreThoseOfTheDevicesAndOfIperf3() throws IOException {
        JsonNode report = iperf3("--udp --bytes 1M --bitrate 200M --length 1400");
        assertDevicesAgree();
        long sent = report.at("/end/sum_sent/bytes").asLong();
        long packets = report.at("/end/sum_sent/packets").asLong() + 1;
        FlowView flow = flow(report, "udp");

        assertTrue(sent >= 1 << 20, report::toString);
        assertEquals(packets, flow.packetsEgress(), report::toString);
        assertEquals(GREETING + sent + packets * UDP_HEADERS, flow.bytesEgress(), report::toString);
    }
}
