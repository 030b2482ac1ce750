// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.enforce.Enforcer;
import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.Shell;
import dev.weir.net.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Weir beside what people would use instead, on the same traffic: `make bench-quick BENCH=peers`, as root.
final class PeersBenchmark {
    private final Rounds rounds;
    private final Map<String, Wire> wires = new LinkedHashMap<>(); // by what filters them; the first by nobody
    private final List<String> routers = new ArrayList<>();
    private final List<String> filtered = new ArrayList<>(); // devices, by xdp-filter

    private PeersBenchmark(Effort effort) {
        rounds = new Rounds(3, effort.rounds(5, 61));
    }

    static Section run(Effort effort) {
        try (Lab lab = new Lab()) {
            return new PeersBenchmark(effort).run(lab, Files.createTempDirectory(Path.of("/run"), "weir-bench"));
        } catch (IOException e) {
            throw new UncheckedIOException("measure traffic beside other filters", e);
        }
    }

    private Section run(Lab lab, Path home) throws IOException {
        String rules = SamplePolicies.EVERYTHING;
        int count = WireBenchmark.RULES;
        try (Enforcer _ = WireBenchmark.filter(Files.createDirectory(home.resolve("tcx")), "tcx")) {
            wires.put("none", new Wire(lab, "none", wires.size()));
            wires.put("none, again", new Wire(lab, "again", wires.size()));
            wires.put("Weir, at both ends", new Wire(lab, "tcx", wires.size()));
            router(lab, home, "nftables, tracked and counted, a map", "nft -f", NftRules.tracked(count, rules));
            router(lab, home, "nftables, a map alone", "nft -f", NftRules.map(count, rules));
            router(lab, home, "nftables, a list alone", "nft -f", NftRules.list(count, rules));
            router(
                    lab,
                    home,
                    "iptables-nft, tracked, a list",
                    "iptables-nft-restore",
                    IptablesRules.list(count, 0, rules));
            router(
                    lab,
                    home,
                    "iptables-legacy, tracked, a list",
                    "iptables-legacy-restore",
                    IptablesRules.list(count, 0, rules));
            xdpFilter(lab, home, "xdp-filter, addresses alone, native", "native");
            xdpFilter(lab, home, "xdp-filter, addresses alone, generic", "skb");
            return measure();
        } finally {
            filtered.forEach(device -> Shell.attempt(List.of("xdp-filter", "unload", device)));
            routers.forEach(router -> Shell.attempt(List.of("ip", "netns", "del", router)));
            for (Wire wire : wires.values()) {
                wire.close();
            }
        }
    }

    /// A wire through a router of its own: the rules of one would cost the packets of others too.
    private void router(Lab lab, Path home, String filter, String command, String rules) throws IOException {
        String name = "p" + wires.size();
        String router = "r-" + name;
        Shell.run("ip netns add " + router);
        routers.add(router);
        Path file = Files.writeString(home.resolve(name), rules);
        try (NetworkNamespace inside = NetworkNamespace.open(Path.of("/run/netns", router))) {
            wires.put(filter, inside.call(() -> {
                Wire wire = new Wire(lab, name, wires.size());
                Shell.run(command + " " + file);
                return wire;
            }));
        }
    }

    /// A wire whose packets xdp-filter sees as they come from the client.
    ///
    /// @param mode as `xdp-filter load` calls it
    private void xdpFilter(Lab lab, Path home, String filter, String mode) throws IOException {
        Wire wire = new Wire(lab, "p" + wires.size(), wires.size());
        wires.put(filter, wire);
        String device = "veth-" + wire.clientName();
        filtered.add(device);
        Shell.run("xdp-filter load -m %s -p allow -f ipv4 %s".formatted(mode, device));
        Path file = Files.writeString(home.resolve("xdp-filter"), XdpFilterRules.addresses(WireBenchmark.RULES));
        Shell.run("bpftool batch file " + file);
    }

    private Section measure() throws IOException {
        List<Wire> all = List.copyOf(wires.values());
        double[][] datagrams = rounds.measure(all, (wire, _) -> wire.datagramsPerSecond(false) / 1e3);
        double[][] connections = rounds.measure(all, (wire, _) -> wire.connectionsPerSecond() / 1e3);
        double[][] trips = rounds.measure(all, (wire, _) -> wire.roundTripMicros(0.5));
        Section section = new Section(
                "Beside other filters",
                method(),
                "filter",
                "UDP, thousand a second",
                "/ none",
                "TCP connections, thousand a second",
                "/ none",
                "TCP, round trip, µs",
                "/ none");
        int row = 0;
        for (String filter : wires.keySet()) {
            List<String> cells = new ArrayList<>(List.of(filter));
            for (double[][] seen : List.of(datagrams, connections, trips)) {
                cells.add(Quartiles.of(seen[row]).text(1));
                cells.add(row == 0 ? "" : Quartiles.ofRatios(seen[row], seen[0]).text(3));
            }
            section.row(cells.toArray(String[]::new));
            row++;
        }
        return section;
    }

    private String method() {
        return """
                Ways through the host as in *Wire*, each loaded for a tenth of a second in turn, %d times, the order changing from
                round to round: medians, in brackets the quartiles; a ratio is the median of pairs of one round. Each but xdp-filter has
                %,d rules of one address and port, and a last one that lets this traffic pass. Weir judges it at both ends, keeps state and
                counts flows; the others look at it once, in a router of their own. *Tracked*: connections are, and what is established
                passes first. *Counted*: so is each flow, in a set. *A map* is of intervals, *a list* is searched from its
                begin for each packet that reaches it. *UDP* is one flow of 60 bytes a frame that nobody reads or answers, so that
                connection tracking never takes it for established. *Connections* are opened one after another, each when the
                server has closed the one before. *Round trip* is a byte there and back. xdp-filter has as many addresses that may not
                send, and looks at what comes in from the client alone, on the device it comes from. It knows no rule for an address with
                a port, no connections and no flows, and has one set of entries for all devices, so no policy for each tenant. *Native*
                is the mode that it takes by itself; on a veth it forbids the sender large segments, of which this traffic has
                none. *Generic* is the mode that leaves them.
                """.formatted(rounds.count(), WireBenchmark.RULES);
    }
}
