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

/// What traffic costs that is routed or bridged, of either family: `make bench-quick BENCH=ways`, as root.
final class WaysBenchmark {
    private static final int RULES = WireBenchmark.RULES;
    private static final String FILTER = "weir";
    private static final String PEER_ROUTER = "r-nft";

    private final Rounds rounds;
    private final List<Wire> wires = new ArrayList<>(); // of all ways
    private final Section section;

    private WaysBenchmark(Effort effort) {
        rounds = new Rounds(2, effort.rounds(4, 41));
        section = new Section(
                "Wire, other ways",
                method(),
                "way",
                "traffic",
                "no filter",
                "Weir",
                "nftables",
                "no filter / no filter",
                "Weir / no filter",
                "nftables / no filter");
    }

    static Section run(Effort effort) {
        try (Lab lab = new Lab()) {
            return new WaysBenchmark(effort).run(lab, Files.createTempDirectory(Path.of("/run"), "weir-bench"));
        } catch (IOException e) {
            throw new UncheckedIOException("measure traffic that goes other ways", e);
        }
    }

    private Section run(Lab lab, Path home) throws IOException {
        try {
            for (Way way : Way.values()) {
                measure(way, lab, Files.createDirectory(home.resolve(way.id)));
            }
            return section;
        } finally {
            Shell.attempt(List.of("ip", "netns", "del", PEER_ROUTER));
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    /// The agent begins when the wires are there, so that it filters all of them from the first packet measured.
    private void measure(Way way, Lab lab, Path home) throws IOException {
        List<Wire> side = new ArrayList<>(List.of(wire(lab, "none", way), wire(lab, "again", way)));
        Wire filtered = wire(lab, FILTER, way);
        side.add(filtered);
        if (way == Way.ROUTED_V6) {
            side.add(peer(lab, home, way));
        }
        String policy = way.isV6()
                ? SamplePolicies.open(SamplePolicies.rulesV6("*", RULES), SamplePolicies.EVERYTHING_V6)
                : SamplePolicies.open(SamplePolicies.rules("*", RULES, 0), SamplePolicies.EVERYTHING);
        try (Enforcer _ = WireBenchmark.filter(home, FILTER + "-" + way.id, "tcx", List.of(policy))) {
            WireBenchmark.requireFiltered(filtered);
            measure(way, side);
        }
    }

    private Wire wire(Lab lab, String name, Way way) throws IOException {
        Wire wire = new Wire(lab, name + "-" + way.id, wires.size(), way);
        wires.add(wire);
        return wire;
    }

    /// A wire through a router of its own, where nftables does the same job.
    private Wire peer(Lab lab, Path home, Way way) throws IOException {
        Shell.run("ip netns add " + PEER_ROUTER);
        Path rules =
                Files.writeString(home.resolve("rules.nft"), NftRules.trackedV6(RULES, SamplePolicies.EVERYTHING_V6));
        try (NetworkNamespace router = NetworkNamespace.open(Path.of("/run/netns", PEER_ROUTER))) {
            return router.call(() -> {
                Wire wire = wire(lab, "nft", way);
                Shell.run("nft -f " + rules);
                return wire;
            });
        }
    }

    private void measure(Way way, List<Wire> side) throws IOException {
        Map<String, Rounds.Slice<Wire>> traffic = new LinkedHashMap<>();
        traffic.put("UDP, 18 bytes each, thousand a second", (wire, _) -> wire.datagramsPerSecond(true) / 1e3);
        traffic.put("TCP, bulk, Gbit a second", (wire, _) -> wire.streamBytesPerSecond() * 8 / 1e9);
        traffic.put("TCP connections, thousand a second", (wire, _) -> wire.connectionsPerSecond() / 1e3);
        traffic.put("TCP, round trip, µs", (wire, _) -> wire.roundTripMicros(0.5));
        for (Map.Entry<String, Rounds.Slice<Wire>> kind : traffic.entrySet()) {
            double[][] seen = rounds.measure(side, kind.getValue());
            boolean peer = seen.length > 3;
            section.row(
                    way.toString(),
                    kind.getKey(),
                    Quartiles.of(seen[0]).toString(),
                    Quartiles.of(seen[2]).toString(),
                    peer ? Quartiles.of(seen[3]).toString() : "",
                    Quartiles.ofRatios(seen[1], seen[0]).text(3),
                    Quartiles.ofRatios(seen[2], seen[0]).text(3),
                    peer ? Quartiles.ofRatios(seen[3], seen[0]).text(3) : "");
        }
    }

    private String method() {
        return """
                As in *Wire*, where all is routed over IPv4, but for each way through the host: *routed* as there, over IPv4 and
                IPv6; and *bridged*, where client and server are behind ports of one bridge, and Weir judges at the ports. Of each
                way there are two wires without a filter, and one that an agent filters at both its ends, with %,d rules of one address
                and port, and a last one that allows; those of IPv6 are of addresses of IPv6. A connection is a new flow, and so judged
                among all of them. The wires of a way are loaded for a tenth of a second in turn, %d times, the order changing from round
                to round: medians, in brackets the quartiles; a ratio is the median of those pairs. *nftables* does the same job once, in
                a router of its own, and is measured for what is routed over IPv6; *Wire* has it for IPv4. *UDP* is one flow that a
                thread reads.
                """.formatted(RULES, rounds.count());
    }
}
