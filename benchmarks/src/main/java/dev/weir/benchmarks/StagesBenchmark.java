// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import static dev.weir.abi.Direction.INGRESS;

import dev.weir.agent.enforce.PathRig;
import dev.weir.agent.packet.Packet;
import dev.weir.bpf.BpfProgram;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/// Of what the cost of a packet in the loaded program is made: `make bench-quick BENCH=stages`, as root.
final class StagesBenchmark {
    private static final int RULES = 10_000;
    private static final int OUTSIDE_PORT = 40_000;
    private static final int UNLIMITED = -1;

    private final Random random = new Random(1);
    private final int repeat;
    private final int rounds;

    private StagesBenchmark(Effort effort) {
        repeat = effort.rounds(100_000, 200_000);
        rounds = effort.rounds(7, 41);
    }

    static Section run(Effort effort) {
        return new StagesBenchmark(effort).run();
    }

    /// A rule, and packets that it is about.
    private record Target(int rule) {
        byte[] known() {
            return packet(OUTSIDE_PORT);
        }

        /// Of a flow that is not kept.
        byte[] unknown() {
            return packet(OUTSIDE_PORT + 1);
        }

        private byte[] packet(int outsidePort) {
            return Packet.udpPacket(
                    SamplePolicies.peer(rule).toString(),
                    outsidePort,
                    GrowthBenchmark.INSIDE,
                    SamplePolicies.port(rule, 0));
        }
    }

    private Section run() {
        Map<String, ToDoubleFunction<Target>> stages = new LinkedHashMap<>();
        try (BpfProgram empty = EmptyProgram.load("weir_empty");
                PathRig notKept = new PathRig(SamplePolicies.ruleSet("blue", RULES), GrowthBenchmark.INSIDE, 0);
                PathRig kept = new PathRig(SamplePolicies.ruleSet("blue", RULES), GrowthBenchmark.INSIDE, UNLIMITED);
                PathVariants variants = PathVariants.on(kept)) {
            stages.put(
                    "an empty program",
                    packets -> empty.testRun(packets.known(), repeat).nanos());
            stages.put("the epoch, and the key of the flow", packets -> variants.key(packets.known(), repeat));
            stages.put("and the flow, looked up", packets -> variants.flow(packets.known(), repeat));
            stages.put("all, of a known flow: and counted", packets -> kept.nanos(INGRESS, packets.known(), repeat));
            stages.put("of a new flow: looked up, judged", packets -> kept.askNanos(packets.unknown(), repeat));
            stages.put(
                    "all, of a new flow not kept: and counted",
                    packets -> notKept.nanos(INGRESS, packets.unknown(), repeat));
            return measure(kept, stages);
        }
    }

    private Section measure(PathRig kept, Map<String, ToDoubleFunction<Target>> stages) {
        double[][] nanos = new double[stages.size()][rounds];
        for (int round = 0; round < rounds; round++) {
            Target packets = new Target(random.nextInt(RULES));
            kept.send(INGRESS, packets.known());
            int stage = 0;
            for (ToDoubleFunction<Target> measured : stages.values()) {
                nanos[stage++][round] = measured.applyAsDouble(packets);
            }
        }
        Section section = new Section("Packet path by stages", method(), "stage", "ns");
        int stage = 0;
        for (String name : stages.keySet()) {
            section.row(name, Quartiles.of(nanos[stage++]).text(0));
        }
        return section;
    }

    private String method() {
        return """
                Nanoseconds as in *Packet path*, of a UDP packet that enters, with %,d rules: medians of %d rounds, in brackets the
                quartiles; the mean of a round is over %,d runs. The second row and the third are programs that end after a stage of
                the short way, which packets of known flows take; each stage has what those before it have. What it takes to
                keep a new flow is in *Packet path*, the search for an address alone in *Search for an address*.
                """.formatted(RULES, rounds, repeat);
    }
}
