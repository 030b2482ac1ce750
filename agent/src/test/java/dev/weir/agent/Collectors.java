// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.lab.Shell;
import dev.weir.agent.view.FlowView;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/// Collectors of flows that others have made, on one port of the test's own loopback: nfcapd, and
/// tshark over what tcpdump has seen.
final class Collectors implements AutoCloseable {
    private static final int ICMP = 1;

    private final Path home;
    private final int port;
    private final List<Process> running = new ArrayList<>();

    /// What passed from one side to the other.
    record Sum(long packets, long bytes) {
        Sum plus(Sum other) {
            return new Sum(packets + other.packets, bytes + other.bytes);
        }

        /// Without Ethernet headers, as other exporters count.
        Sum withoutLinkHeaders() {
            return new Sum(packets, bytes - 14 * packets);
        }
    }

    Collectors(Path home, int port) {
        this.home = home;
        this.port = port;
    }

    /// Both directions of flows, by who sent to whom; `named`: and by what Weir says of them.
    static Map<String, Sum> sums(List<FlowView> flows, boolean named) {
        Map<String, Sum> sums = new TreeMap<>();
        for (FlowView flow : flows) {
            boolean ports = flow.service().contains("/") && !flow.protocol().equals("icmp");
            String inside = flow.insideAddress() + " " + (ports ? flow.insidePort() : 0);
            String outside = flow.outsideAddress() + " " + (ports ? flow.outsidePort() : 0);
            String called = named
                    ? "%s %s %s %s %s "
                            .formatted(
                                    flow.namespace(),
                                    flow.policy(),
                                    flow.rule(),
                                    flow.verdict().word(),
                                    flow.direction())
                    : "";
            add(sums, called + inside + " " + outside, new Sum(flow.packetsEgress(), flow.bytesEgress()));
            add(sums, called + outside + " " + inside, new Sum(flow.packetsIngress(), flow.bytesIngress()));
        }
        return sums;
    }

    private static void add(Map<String, Sum> sums, String key, Sum sum) {
        if (sum.packets > 0) {
            sums.merge(key, sum, Sum::plus);
        }
    }

    /// Starts nfcapd, and returns when it listens.
    void nfcapd() throws IOException {
        Path files = Files.createDirectory(home.resolve("nfcapd"));
        start("nfcapd -b 127.0.0.1 -p %d -t 3600 -l %s".formatted(port, files));
        Await.until("nfcapd listens", () -> socket().length != 0);
    }

    /// The line of /proc/net/udp about the collector's socket, in words; none: nobody listens.
    private String[] socket() {
        try {
            return Files.readAllLines(Path.of("/proc/net/udp")).stream()
                    .map(line -> line.strip().split("\\s+"))
                    .filter(words -> words[1].endsWith(":%04X".formatted(port)) && words[2].endsWith(":0000"))
                    .findAny()
                    .orElse(new String[0]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Ends nfcapd when it has read all that came, and reads what it wrote with nfdump.
    Map<String, Sum> nfdump() throws IOException {
        Await.until("nfcapd has read all", () -> socket()[4].endsWith(":00000000"));
        assertEquals("0", socket()[12], "datagrams that found no room");
        stop(running.removeLast());
        String csv = Shell.run("nfdump -R %s -o csv".formatted(home.resolve("nfcapd")));
        List<String> lines = csv.lines()
                .dropWhile(line -> !line.startsWith("ts,"))
                .takeWhile(line -> !line.startsWith("Summary"))
                .toList();
        List<String> columns = Arrays.asList(lines.getFirst().split(","));
        Map<String, Sum> sums = new TreeMap<>();
        for (String line : lines.subList(1, lines.size())) {
            List<String> row = Arrays.asList(line.split(","));
            boolean ports = !row.get(columns.indexOf("pr")).strip().startsWith("ICMP");
            add(
                    sums,
                    "%s %s %s %s"
                            .formatted(
                                    row.get(columns.indexOf("sa")),
                                    ports ? row.get(columns.indexOf("sp")) : "0",
                                    row.get(columns.indexOf("da")),
                                    ports ? row.get(columns.indexOf("dp")) : "0"),
                    new Sum(
                            Long.parseLong(row.get(columns.indexOf("ipkt"))),
                            Long.parseLong(row.get(columns.indexOf("ibyt")))));
        }
        return sums;
    }

    /// Starts tcpdump, and returns when it sees what passes.
    void tcpdump() throws IOException {
        Process process =
                start("tcpdump -i lo -U --immediate-mode -s 0 -w %s port %d".formatted(home.resolve("pcap"), port));
        Await.until("tcpdump listens", () -> Files.exists(home.resolve("pcap")) || !process.isAlive());
        assertTrue(process.isAlive());
    }

    /// What tshark reads out of all that tcpdump has seen so far.
    Map<String, Sum> tshark(String protocol) {
        String pdml = Shell.attempt(List.of(
                        "sh",
                        "-c",
                        "tshark -r %s -d %s.port==%d,cflow -T pdml 2>/dev/null"
                                .formatted(home.resolve("pcap"), protocol, port)))
                .output();
        Map<String, Sum> sums = new TreeMap<>();
        for (Element flow : flows(pdml)) {
            boolean ports = Integer.parseInt(shown(flow, "cflow.protocol")) != ICMP;
            add(
                    sums,
                    "%s%s %s %s %s"
                            .formatted(
                                    names(flow),
                                    shown(flow, "cflow.srcaddr"),
                                    ports ? shown(flow, "cflow.srcport") : "0",
                                    shown(flow, "cflow.dstaddr"),
                                    ports ? shown(flow, "cflow.dstport") : "0"),
                    new Sum(
                            Long.parseLong(shown(flow, "cflow.packets")),
                            Long.parseLong(shown(flow, "cflow.layer2_octet_delta_count"))));
        }
        return sums;
    }

    private static List<Element> flows(String pdml) {
        try {
            NodeList fields = DocumentBuilderFactory.newDefaultInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(pdml.getBytes(StandardCharsets.UTF_8)))
                    .getElementsByTagName("field");
            List<Element> found = new ArrayList<>();
            for (int i = 0; i < fields.getLength(); i++) {
                if (fields.item(i) instanceof Element field
                        && field.getAttribute("show").matches("Flow \\d+")
                        && has(field, "cflow.srcaddr")) {
                    found.add(field);
                }
            }
            return found;
        } catch (SAXException e) {
            return List.of(); // cut off: tcpdump is writing the rest
        } catch (ParserConfigurationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean has(Element flow, String name) {
        return fields(flow).stream()
                .anyMatch(field -> field.getAttribute("name").equals(name));
    }

    private static String shown(Element flow, String name) {
        return fields(flow).stream()
                .filter(field -> field.getAttribute("name").equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name))
                .getAttribute("show");
    }

    /// The enterprise fields, which tshark shows in hexadecimal, in their order.
    private static String names(Element flow) {
        StringBuilder names = new StringBuilder();
        for (Element field : fields(flow)) {
            if (field.getAttribute("name").equals("cflow.enterprise_private_entry")) {
                byte[] bytes = HexFormat.of().parseHex(field.getAttribute("value"));
                names.append(new String(bytes, StandardCharsets.UTF_8)).append(' ');
            }
        }
        return names.toString();
    }

    private static List<Element> fields(Element flow) {
        List<Element> found = new ArrayList<>();
        NodeList all = flow.getElementsByTagName("field");
        for (int i = 0; i < all.getLength(); i++) {
            found.add((Element) all.item(i));
        }
        return found;
    }

    private Process start(String command) throws IOException {
        Process process = new ProcessBuilder(command.split(" "))
                .redirectErrorStream(true)
                .redirectOutput(home.resolve(running.size() + ".log").toFile())
                .start();
        running.add(process);
        return process;
    }

    private static void stop(Process process) {
        process.destroy();
        try {
            assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it ends");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        running.forEach(Collectors::stop);
    }
}
