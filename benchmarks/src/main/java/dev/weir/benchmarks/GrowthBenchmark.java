// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;

import dev.weir.agent.enforce.PathRig;
import dev.weir.agent.packet.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// What becomes of the cost of a packet in the loaded program as rules, or flows, get more: `make bench-quick
/// BENCH='rules table'`, as root.
final class GrowthBenchmark {
    private static final int[] RULES = {1, 128, 512, 2_048, 10_000, 100_000};
    private static final int[] FLOWS = {1_000, 100_000, 1_000_000};
    private static final int PEERS = 128; // that open flows
    /// The address of the namespace that all packets enter.
    static final String INSIDE = "198.51.100.1";
    private static final int OUTSIDE_PORT = 40_000;
    private static final int UNLIMITED = -1;

    /// The columns of the table of rules.
    private static final List<String> PACKETS =
            List.of("established, entering", "established, leaving", "new flow, not kept", "denied");

    private final Random random = new Random(1);
    private final int repeat;
    private final int rounds;

    private GrowthBenchmark(Effort effort) {
        repeat = effort.rounds(50_000, 200_000);
        rounds = effort.rounds(7, 41);
    }

    static Section byRules(Effort effort) {
        return new GrowthBenchmark(effort).byRules();
    }

    static Section byFlows(Effort effort) {
        return new GrowthBenchmark(effort).byFlows();
    }

    private Section byRules() {
        List<PathRig> rigs = new ArrayList<>();
        try {
            for (int rules : RULES) {
                for (int quota : new int[] {UNLIMITED, 0}) {
                    rigs.add(rig(rules, quota));
                }
            }
            double[][][] nanos = new double[RULES.length][PACKETS.size()][rounds];
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < RULES.length; i++) {
                    int size = (round + i) % RULES.length;
                    int rule = random.nextInt(RULES[size]);
                    measure(rigs.get(2 * size), rigs.get(2 * size + 1), rule, nanos[size], round);
                }
            }
            return rulesSection(nanos);
        } finally {
            rigs.forEach(PathRig::close);
        }
    }

    private static PathRig rig(int rules, int quota) {
        return new PathRig(SamplePolicies.ruleSet("blue", rules), INSIDE, quota);
    }

    /// Fills in a place of each column.
    private void measure(PathRig kept, PathRig notKept, int rule, double[][] nanos, int round) {
        String peer = SamplePolicies.peer(rule).toString();
        int port = SamplePolicies.port(rule, 0);
        byte[] entering = Packet.udpPacket(peer, OUTSIDE_PORT, INSIDE, port);
        byte[] leaving = Packet.udpPacket(INSIDE, port, peer, OUTSIDE_PORT);
        byte[] denied = Packet.udpPacket(peer, OUTSIDE_PORT, INSIDE, port + 1);
        expect("allow", kept.send(INGRESS, entering));
        expect("allow", kept.send(EGRESS, leaving));
        expect("allow", notKept.send(INGRESS, entering));
        expect("deny", kept.send(INGRESS, denied));
        nanos[0][round] = kept.nanos(INGRESS, entering, repeat);
        nanos[1][round] = kept.nanos(EGRESS, leaving, repeat);
        nanos[2][round] = notKept.nanos(INGRESS, entering, repeat);
        nanos[3][round] = kept.nanos(INGRESS, denied, repeat);
    }

    private static void expect(String verdict, String judged) {
        if (!judged.startsWith(verdict)) {
            throw new IllegalStateException("a packet to " + verdict + " was judged: " + judged);
        }
    }

    private Section rulesSection(double[][][] nanos) {
        List<String> header = new ArrayList<>(List.of("rules"));
        header.addAll(PACKETS);
        Section section =
                new Section("Packet path by rules", """
                Nanoseconds as above, of policies of one port and one address a rule; a hundred thousand are three
                policies, each an image of its own. Each of %d rounds takes another rule of each
                policy, at random, and measures the policies in turn, the order changing from round to round; the mean is over
                %,d runs.
                """.formatted(rounds, repeat), header.toArray(String[]::new));
        for (int size = 0; size < RULES.length; size++) {
            List<String> row = new ArrayList<>(List.of(count(RULES[size])));
            for (double[] column : nanos[size]) {
                row.add(Quartiles.of(column).text(0));
            }
            section.row(row.toArray(String[]::new));
        }
        return section;
    }

    private Section byFlows() {
        Section section = new Section(
                "Packet path by flows",
                """
                Nanoseconds as above, medians of %d rounds, in brackets the quartiles; the mean of a round is over %,d runs.
                *The same flow*: each run has the same packet. *Any flow*: a build of the program with a few instructions in
                front makes each packet one of another live flow, at random, so that the more there are, the less of the next one
                is in any cache. What making it takes, measured alone in the same round, is subtracted.
                """.formatted(rounds, repeat),
                "live flows",
                "the same flow",
                "any flow",
                "any / the same",
                "budget");
        try (PathRig rig = rig(PEERS, UNLIMITED);
                PathVariants variants = PathVariants.on(rig)) {
            rig.openTable();
            int open = 0;
            for (int flows : FLOWS) {
                for (; open < flows; open++) {
                    rig.nanos(INGRESS, flow(open), 1);
                }
                row(section, rig, variants, flows);
                if (rig.flows() != flows) {
                    throw new IllegalStateException("%d packets opened %d flows".formatted(flows, rig.flows()));
                }
            }
        }
        return section;
    }

    private void row(Section section, PathRig rig, PathVariants variants, int flows) {
        double[] any = new double[rounds];
        double[] same = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            any[round] = variants.packet(flows, repeat) - variants.making(flows, repeat);
            same[round] = rig.nanos(INGRESS, flow(random.nextInt(flows)), repeat);
        }
        Quartiles found = Quartiles.of(any);
        section.row(
                count(flows),
                Quartiles.of(same).text(0),
                found.text(0),
                Quartiles.ofRatios(any, same).text(2),
                flows == 100_000 ? Budget.most(400, "ns").judge(found.median()) : "");
    }

    /// A packet of flow `n`.
    private static byte[] flow(int n) {
        int rule = n % PEERS;
        return Packet.udpPacket(
                SamplePolicies.peer(rule).toString(), 1 + n / PEERS, INSIDE, SamplePolicies.port(rule, 0));
    }

    private static String count(int number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
