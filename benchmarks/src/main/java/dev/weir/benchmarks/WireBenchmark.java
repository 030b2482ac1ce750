// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.enforce.Enforcer;
import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.wire.RawSender;
import dev.weir.net.NetworkNamespace;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What traffic costs on its way through real devices and the host: `make bench-quick BENCH=wire`, as root.
final class WireBenchmark {
    static final int RULES = 10_000;
    private static final int SHUT = 9;
    private static final int DENIED_FRAMES = 50_000;
    private static final int NEW_FLOWS = 4_000; // of a slice: all of a run fit into the table
    private static final int PORTS_AT = Packet.ETHERNET + 20;
    private static final String NOBODY = "none";
    private static final String NOBODY_AGAIN = "again";

    /// Each wire is called as who filters it.
    private static final List<String> FILTERS = List.of("tcx", "xdp");

    private static final String PEER = "nft";

    /// Where the packets of the peer's wire are routed: its rules would cost those of others too.
    private static final String PEER_ROUTER = "r-nft";

    private final Rounds rounds;
    private final List<Wire> wires = new ArrayList<>();
    private final Section section;

    private WireBenchmark(Effort effort) {
        rounds = new Rounds(3, effort.rounds(5, 61));
        List<String> header = new ArrayList<>(List.of("traffic", "no filter"));
        FILTERS.forEach(filter -> header.add("Weir, " + filter));
        header.add("nftables");
        header.add("no filter / no filter");
        FILTERS.forEach(filter -> header.add(filter + " / no filter"));
        header.addAll(List.of("nftables / no filter", "tcx / nftables", "budget, tcx", "budget, nftables"));
        section = new Section("Wire", method(), header.toArray(String[]::new));
    }

    static Section run(Effort effort) {
        try (Lab lab = new Lab()) {
            return new WireBenchmark(effort).run(lab, Files.createTempDirectory(Path.of("/run"), "weir-bench"));
        } catch (IOException e) {
            throw new UncheckedIOException("measure traffic through devices", e);
        }
    }

    private Section run(Lab lab, Path home) throws IOException {
        List<Enforcer> enforcers = new ArrayList<>();
        try {
            for (String name : FILTERS) {
                enforcers.add(filter(Files.createDirectory(home.resolve(name)), name));
            }
            for (String name : names()) {
                wires.add(new Wire(lab, name, wires.size()));
            }
            wires.add(peer(lab, home));
            measure();
            return section;
        } finally {
            Shell.attempt(List.of("ip", "netns", "del", PEER_ROUTER));
            for (Wire wire : wires) {
                wire.close();
            }
            enforcers.forEach(Enforcer::close);
        }
    }

    private static List<String> names() {
        List<String> names = new ArrayList<>(List.of(NOBODY, NOBODY_AGAIN));
        names.addAll(FILTERS);
        return names;
    }

    /// A wire through a router of its own, where nftables does the same job.
    private Wire peer(Lab lab, Path home) throws IOException {
        Shell.run("ip netns add " + PEER_ROUTER);
        Path rules = Files.writeString(home.resolve("rules.nft"), NftRules.tracked(RULES, SamplePolicies.EVERYTHING));
        try (NetworkNamespace router = NetworkNamespace.open(Path.of("/run/netns", PEER_ROUTER))) {
            return router.call(() -> {
                Wire wire = new Wire(lab, PEER, wires.size());
                Shell.run("nft -f " + rules);
                Shell.run("sysctl -qw net.netfilter.nf_conntrack_udp_timeout=1"); // as flows are idle beside it
                return wire;
            });
        }
    }

    private void measure() throws IOException {
        Map<String, String> devices = new LinkedHashMap<>();
        wires.forEach(wire -> devices.put(wire.clientName(), "eth0"));
        try (RawSender sender = new RawSender(devices)) {
            measure(
                    "UDP, 60 bytes, thousand a second",
                    1e3,
                    Budget.least(0.95),
                    Budget.least(1.12),
                    (wire, _) -> wire.datagramsPerSecond(true));
            measure(
                    "UDP that nobody reads, thousand a second",
                    1e3,
                    null,
                    null,
                    (wire, _) -> wire.datagramsPerSecond(false));
            measure(
                    "UDP, a flow each, thousand a second",
                    1e3,
                    Budget.least(0.65),
                    Budget.least(1.4),
                    (wire, round) -> wire.framesPerSecond(
                            sender, Wire.PORT, new RawSender.Flood(PORTS_AT, round * NEW_FLOWS, NEW_FLOWS, 0)));
            measure(
                    "UDP, denied as it leaves, thousand a second",
                    1e3,
                    null,
                    null,
                    (wire, _) -> wire.framesPerSecond(
                            sender, SHUT, new RawSender.Flood(RawSender.EQUAL, 0, DENIED_FRAMES, 0)));
        }
        measure(
                "TCP, bulk, Gbit a second",
                1e9 / 8,
                Budget.least(0.97),
                null,
                (wire, _) -> wire.streamBytesPerSecond());
        measure("TCP connections, thousand a second", 1e3, null, null, (wire, _) -> wire.connectionsPerSecond());
        measure("TCP, round trip, µs", 1, Budget.most(1.06, "x"), null, (wire, _) -> wire.roundTripMicros(0.5));
        measure("slowest hundredth, µs", 1, Budget.most(1.25, "x"), null, (wire, _) -> wire.roundTripMicros(0.99));
    }

    /// Measures all wires in turn, over and over, the order changing from round to round.
    ///
    /// @param budget of Weir by TCX against no filter
    /// @param peerBudget of the same against nftables
    private void measure(
            String name, double unit, @Nullable Budget budget, @Nullable Budget peerBudget, Rounds.Slice<Wire> slice)
            throws IOException {
        double[][] seen = rounds.measure(wires, (wire, round) -> slice.measure(wire, round) / unit);
        List<String> row = new ArrayList<>(List.of(name, Quartiles.of(seen[0]).toString()));
        for (int filter = 2; filter < seen.length; filter++) {
            row.add(Quartiles.of(seen[filter]).toString());
        }
        for (int wire = 1; wire < seen.length; wire++) {
            row.add(Quartiles.ofRatios(seen[wire], seen[0]).text(3));
        }
        double[] peer = seen[wires.size() - 1];
        row.add(Quartiles.ofRatios(seen[2], peer).text(3));
        row.add(judged(budget, seen[2], seen[0]));
        row.add(judged(peerBudget, seen[2], peer));
        section.row(row.toArray(String[]::new));
    }

    private static String judged(@Nullable Budget budget, double[] weir, double[] other) {
        return budget == null
                ? ""
                : budget.judge(Quartiles.ofRatios(weir, other).median());
    }

    private String method() {
        return """
                Each way through the host is a client in a namespace, a veth, the host that routes, a veth, a server in a
                namespace. One way has no filter, a second one neither, and each other one an agent of its own on both its ends,
                with %,d rules, of which the last one allows, and flows that are counted. All are there at once, and each is
                loaded for a tenth of a second (or for a number of frames) in turn, %d times, the order changing from round to
                round: medians, in brackets the quartiles; a ratio is the median of those pairs, and *no filter / no filter*
                says how far to trust the others. *UDP* goes through sockets, one flow, and counts at the server's device. *nftables*
                does the same job for a wire that a router of its own forwards: connection tracking, a map of as many
                intervals, and a set of counters that grows by one a flow; it looks at each packet once, not at both ends.
                *A flow each*: %,d frames of other ports each time, handed to the client's device; so are the *denied* ones, %,d
                at a time, which a rule for egress drops; without a filter they arrive. *TCP, bulk* is what the server reads.
                *Connections* are opened one after another, each when the server has closed the one before. *Round trip*: a byte there
                and back.
                """.formatted(RULES, rounds.count(), NEW_FLOWS, DENIED_FRAMES);
    }

    /// Fails if the policies that [#filter] enforces do not hold for a wire, which would look like a fast one.
    static void requireFiltered(Wire wire) throws IOException {
        if (wire.carries(SHUT) || !wire.carries(Wire.PORT)) {
            throw new IllegalStateException("the policies do not hold for " + wire.clientName());
        }
    }

    /// Enforces on the namespaces of one wire.
    ///
    /// @param name of the wire
    static Enforcer filter(Path home, String name) throws IOException {
        String rules = SamplePolicies.rules("*", RULES, 0);
        return filter(home, name, name, List.of(SamplePolicies.open(rules, SamplePolicies.EVERYTHING)));
    }

    /// Enforces on the namespaces of several wires.
    ///
    /// @param name that theirs begin with
    /// @param samples policies beside the one that shuts a port
    static Enforcer filter(Path home, String name, String hook, List<String> samples) throws IOException {
        Path policies = Files.createDirectory(home.resolve("policies"));
        Files.writeString(policies.resolve("shut.yaml"), SamplePolicies.shut("c-*", SHUT));
        for (String sample : samples) {
            Files.writeString(policies.resolve("sample-%d.yaml".formatted(samples.indexOf(sample))), sample);
        }
        try {
            WeirConfig config =
                    ConfigFile.load(Files.writeString(home.resolve("weir.yaml"), """
                    policies: %s
                    bpffs: /sys/fs/bpf/weir-%s
                    hook: %s
                    namespaces: {include: ["?-%2$s*"]}
                    flows: {per-namespace: 0, idle: {udp: 1s}}
                    """.formatted(policies, name, hook)));
            PolicyDirectory directory = new PolicyDirectory(List.of(policies));
            return switch (directory.read()) {
                case PolicyLoader.Loaded loaded -> Enforcer.start(config, directory, loaded);
                case PolicyLoader.Refused refused ->
                    throw new IllegalStateException(
                            refused.diagnostics().getFirst().render());
            };
        } catch (ConfigException e) {
            throw new IllegalStateException(e);
        }
    }
}
