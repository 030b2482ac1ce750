// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.enforce.Enforcer;
import dev.weir.agent.lab.Lab;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.wire.RawSender;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What traffic costs with few rules and with many addresses: `make bench-quick BENCH=addresses`, as root.
final class AddressesBenchmark {
    private static final int FEW = 10;
    private static final int MANY = 100_000;
    private static final int NEW_FLOWS = 2_000; // of a slice: all of a run fit into the table that the wires share
    private static final int PORTS_AT = Packet.ETHERNET + 20;

    private final Rounds rounds;
    private final List<Wire> wires = new ArrayList<>(); // few, few, many
    private final Section section;

    private AddressesBenchmark(Effort effort) {
        rounds = new Rounds(3, effort.rounds(5, 61));
        section = new Section(
                "Wire, many addresses",
                method(),
                "traffic",
                "10 rules",
                "100,000 addresses",
                "10 rules / 10 rules",
                "100,000 addresses / 10 rules",
                "budget");
    }

    static Section run(Effort effort) {
        try (Lab lab = new Lab()) {
            return new AddressesBenchmark(effort).run(lab, Files.createTempDirectory(Path.of("/run"), "weir-bench"));
        } catch (IOException e) {
            throw new UncheckedIOException("measure traffic among many addresses", e);
        }
    }

    private Section run(Lab lab, Path home) throws IOException {
        List<String> policies = List.of(
                SamplePolicies.open(SamplePolicies.rules("*-few?", FEW, 0), SamplePolicies.EVERYTHING),
                SamplePolicies.open(SamplePolicies.addresses("*-many", MANY, 0), SamplePolicies.EVERYTHING));
        try {
            for (String name : List.of("set-few1", "set-few2", "set-many")) {
                wires.add(new Wire(lab, name, wires.size()));
            }
            try (Enforcer _ = WireBenchmark.filter(home, "set", "tcx", policies)) {
                for (Wire wire : wires) {
                    WireBenchmark.requireFiltered(wire);
                }
                measure();
            }
            return section;
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    private void measure() throws IOException {
        measure(
                "UDP, 60 bytes, thousand a second",
                Budget.least(0.98),
                (wire, _) -> wire.datagramsPerSecond(true) / 1e3);
        Map<String, String> devices = new LinkedHashMap<>();
        wires.forEach(wire -> devices.put(wire.clientName(), "eth0"));
        try (RawSender sender = new RawSender(devices)) {
            measure("UDP, a flow each, thousand a second", null, (wire, round) -> {
                RawSender.Flood flood = new RawSender.Flood(PORTS_AT, round * NEW_FLOWS, NEW_FLOWS, 0);
                return wire.framesPerSecond(sender, Wire.PORT, flood) / 1e3;
            });
        }
    }

    private void measure(String name, @Nullable Budget budget, Rounds.Slice<Wire> slice) throws IOException {
        double[][] seen = rounds.measure(wires, slice);
        Quartiles ratio = Quartiles.ofRatios(seen[2], seen[0]);
        section.row(
                name,
                Quartiles.of(seen[0]).toString(),
                Quartiles.of(seen[2]).toString(),
                Quartiles.ofRatios(seen[1], seen[0]).text(3),
                ratio.text(3),
                budget == null ? "" : budget.judge(ratio.median()));
    }

    private String method() {
        return """
                Ways through the host as in *Wire*, of which one agent filters all by TCX, at both ends: two by %d rules, and one by a rule
                of %,d addresses, which none of the packets is from; a last rule lets them pass. Each is loaded for a tenth of a second (or
                for %,d frames of other ports) in turn, %d times, the order changing from round to round: medians, in brackets the
                quartiles; a ratio is the median of those pairs, and *10 rules / 10 rules* says how far to trust the other. *UDP* is
                one flow that a thread reads, and is not judged again. *A flow each* is, at both ends.
                """.formatted(FEW, MANY, NEW_FLOWS, rounds.count());
    }
}
