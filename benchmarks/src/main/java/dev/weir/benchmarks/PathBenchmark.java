// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;

import dev.weir.agent.enforce.PathRig;
import dev.weir.agent.packet.Packet;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.XdpContext;
import dev.weir.policy.PolicySet;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/// What a packet costs in the loaded program, by `BPF_PROG_TEST_RUN`: `make bench-quick BENCH=path`, as root.
final class PathBenchmark implements AutoCloseable {
    private static final String INSIDE = "198.51.100.1";
    private static final int OUTSIDE_PORT = 40_000;
    private static final int SHUT = 9;
    private static final int FEW = 10;
    private static final int MANY = 10_000;
    private static final int PREFIXES = 100_000;
    private static final int MOST_TIMES = 150; // percent of what few rules cost
    private static final int UNLIMITED = -1;

    private final int repeat;
    private final int inserts;
    private final int rounds;
    private final Random random = new Random(1);
    private final BpfProgram empty = EmptyProgram.load("weir_empty");
    private final BpfProgram emptyFront = EmptyProgram.load("weir_empty_xdp");
    private final PathRig[] kept;
    private final PathRig[] notKept;

    private PathBenchmark(Effort effort) {
        repeat = effort.rounds(100_000, 200_000);
        inserts = effort.rounds(500, 2_000);
        rounds = effort.rounds(7, 41);
        kept = rigs(UNLIMITED);
        notKept = rigs(0);
    }

    static Section run(Effort effort) {
        try (PathBenchmark benchmark = new PathBenchmark(effort)) {
            return benchmark.run();
        }
    }

    /// What is measured of one rule of each policy.
    ///
    /// @param budget for either policy
    /// @param onRig mean nanoseconds on the policies of a [Target]
    private record Subject(
            String name,
            Budget budget,
            ToLongFunction<Target> onRig,
            ToLongFunction<Target> onEmpty,
            List<long[]> seen) {}

    /// One rule of the policies of one rig: 0 for few rules, 1 for many, 2 for many behind a blocklist.
    private record Target(int rig, int rule) {
        byte[] entering(int outsidePort) {
            return Packet.udpPacket(
                    SamplePolicies.peer(rule).toString(), outsidePort, INSIDE, SamplePolicies.port(rule, 0));
        }

        byte[] leaving() {
            return Packet.udpPacket(
                    INSIDE,
                    SamplePolicies.port(rule, 0),
                    SamplePolicies.peer(rule).toString(),
                    OUTSIDE_PORT);
        }

        byte[] shut() {
            return Packet.udpPacket(
                    INSIDE, OUTSIDE_PORT, SamplePolicies.peer(rule).toString(), SHUT);
        }

        byte[] denied() {
            return Packet.udpPacket(
                    SamplePolicies.peer(rule).toString(), OUTSIDE_PORT, INSIDE, SamplePolicies.port(rule, 0) + 1);
        }
    }

    private Section run() {
        ToLongFunction<Target> repeatedEmpty =
                target -> empty.testRun(target.denied(), repeat).nanos();
        ToLongFunction<Target> inFront = target ->
                emptyFront.testRun(target.denied(), repeat, XdpContext.on(1)).nanos();
        List<Subject> subjects = List.of(
                subject(
                        "established, entering",
                        85,
                        t -> kept[t.rig()].nanos(INGRESS, t.entering(OUTSIDE_PORT), repeat),
                        repeatedEmpty),
                subject(
                        "established, leaving",
                        85,
                        t -> kept[t.rig()].nanos(EGRESS, t.leaving(), repeat),
                        repeatedEmpty),
                subject("established, leaving, guarded", 85, t -> guarded(kept[t.rig()], t.leaving()), repeatedEmpty),
                subject(
                        "new flow, not kept",
                        700,
                        t -> notKept[t.rig()].nanos(INGRESS, t.entering(OUTSIDE_PORT), repeat),
                        repeatedEmpty),
                subject(
                        "new flow, leaving, not kept",
                        700,
                        t -> notKept[t.rig()].nanos(EGRESS, t.leaving(), repeat),
                        repeatedEmpty),
                subject(
                        "new flow, leaving, guarded, not kept",
                        700,
                        t -> guarded(notKept[t.rig()], t.leaving()),
                        repeatedEmpty),
                subject(
                        "new flow, asked by why",
                        700,
                        t -> kept[t.rig()].askNanos(t.entering(OUTSIDE_PORT + 1), repeat),
                        repeatedEmpty),
                subject("denied", 700, t -> kept[t.rig()].nanos(INGRESS, t.denied(), repeat), repeatedEmpty),
                subject("denied, leaving", 700, t -> kept[t.rig()].nanos(EGRESS, t.shut(), repeat), repeatedEmpty),
                subject("denied, leaving, by XDP", 700, t -> kept[t.rig()].frontNanos(t.shut(), repeat), inFront),
                subject(
                        "established, leaving, past XDP",
                        120,
                        t -> kept[t.rig()].frontNanos(t.leaving(), repeat),
                        inFront),
                subject("new flow, kept", 700, this::insert, this::singleEmpty));
        for (int round = 0; round < rounds; round++) {
            measure(subjects, round);
        }
        Section section = new Section(
                "Packet path",
                method(),
                "packet",
                "empty",
                "10 rules",
                "10,000 rules",
                "and 100,000 prefixes",
                "10,000 / 10",
                "all / 10",
                "budget",
                "budget, all / 10");
        subjects.forEach(subject -> row(section, subject));
        return section;
    }

    private static Subject subject(
            String name, double budget, ToLongFunction<Target> onRig, ToLongFunction<Target> onEmpty) {
        return new Subject(name, Budget.most(budget, "ns"), onRig, onEmpty, new ArrayList<>());
    }

    private void measure(List<Subject> subjects, int round) {
        Target[] targets = {
            new Target(0, random.nextInt(FEW)), new Target(1, random.nextInt(MANY)), new Target(2, random.nextInt(MANY))
        };
        for (Target target : targets) {
            expect("allow", kept[target.rig()].send(INGRESS, target.entering(OUTSIDE_PORT)));
            expect("allow", kept[target.rig()].send(EGRESS, target.leaving()));
            expect("allow", notKept[target.rig()].send(INGRESS, target.entering(OUTSIDE_PORT)));
            expect("deny", kept[target.rig()].send(INGRESS, target.denied()));
            expect("deny", kept[target.rig()].send(EGRESS, target.shut()));
        }
        for (Subject subject : subjects) {
            long[] nanos = new long[targets.length + 1];
            nanos[targets.length] = subject.onEmpty().applyAsLong(targets[0]);
            for (int i = 0; i < targets.length; i++) {
                int rig = (round + i) % targets.length;
                nanos[rig] = subject.onRig().applyAsLong(targets[rig]);
            }
            subject.seen().add(nanos);
        }
    }

    private long guarded(PathRig rig, byte[] frame) {
        rig.guard(frame, true);
        expect("allow", rig.send(EGRESS, frame));
        long nanos = rig.nanos(EGRESS, frame, repeat);
        rig.guard(frame, false);
        return nanos;
    }

    /// Opens flow after flow and forgets them again.
    private long insert(Target target) {
        PathRig rig = kept[target.rig()];
        rig.purge();
        double[] nanos = new double[inserts];
        for (int i = 0; i < inserts; i++) {
            nanos[i] = rig.nanos(INGRESS, target.entering(1 + i), 1);
        }
        if (rig.flows() != inserts) {
            throw new IllegalStateException("%d packets opened %d flows".formatted(inserts, rig.flows()));
        }
        rig.purge();
        return (long) Quartiles.of(nanos).median();
    }

    private long singleEmpty(Target target) {
        double[] nanos = new double[inserts];
        for (int i = 0; i < inserts; i++) {
            nanos[i] = empty.testRun(target.entering(1 + i), 1).nanos();
        }
        return (long) Quartiles.of(nanos).median();
    }

    private static void row(Section section, Subject subject) {
        double[] few = column(subject.seen(), 0);
        double[] many = column(subject.seen(), 1);
        double[] all = column(subject.seen(), 2);
        Quartiles allToFew = Quartiles.ofRatios(all, few);
        section.row(
                subject.name(),
                Quartiles.of(column(subject.seen(), 3)).text(0),
                Quartiles.of(few).text(0),
                Quartiles.of(many).text(0),
                Quartiles.of(all).text(0),
                Quartiles.ofRatios(many, few).text(2),
                allToFew.text(2),
                subject.budget()
                        .judge(Math.max(
                                Quartiles.of(few).median(), Quartiles.of(many).median())),
                Budget.most(MOST_TIMES / 100.0, "x").judge(allToFew.median()));
    }

    private static double[] column(List<long[]> seen, int column) {
        return seen.stream().mapToDouble(nanos -> nanos[column]).toArray();
    }

    private static void expect(String verdict, String judged) {
        if (!judged.startsWith(verdict)) {
            throw new IllegalStateException("a packet to " + verdict + " was judged: " + judged);
        }
    }

    private static PathRig[] rigs(int quota) {
        String shut = SamplePolicies.shut("blue", SHUT);
        String rules = SamplePolicies.rules("blue", MANY, 0);
        PolicySet few = policies(shut, SamplePolicies.rules("blue", FEW, 0));
        PolicySet many = policies(shut, rules);
        PolicySet all = policies(shut, SamplePolicies.prefixes("blue", PREFIXES), rules);
        return new PathRig[] {
            new PathRig(few, INSIDE, quota), new PathRig(many, INSIDE, quota), new PathRig(all, INSIDE, quota)
        };
    }

    private static PolicySet policies(String... texts) {
        return new PolicySet(Stream.of(texts)
                .flatMap(text -> SamplePolicies.parse(text).policies().stream())
                .toList());
    }

    @Override
    public void close() {
        for (PathRig[] rigs : List.of(kept, notKept)) {
            for (PathRig rig : rigs) {
                rig.close();
            }
        }
        empty.close();
        emptyFront.close();
    }

    private String method() {
        return """
                Nanoseconds a packet of 60 bytes (UDP over IPv4) spends in the whole program, from `BPF_PROG_TEST_RUN`: medians,
                in brackets the quartiles. The kernel takes the mean over %,d runs on the same packet, so caches are warm; what
                a run costs without any program is in the column `empty`, measured beside it and not subtracted. Each of %d rounds
                takes another address of the policy, at random, and measures every packet on all policies in turn, the order
                changing from round to round; the ratio is the median of those pairs. *Not kept*: the endpoint's flow quota is 0,
                so each run looks for the flow, judges the packet by the rules, and counts it as untracked. *Kept*: %,d packets
                of different ports, each run once, so that each inserts its flow; all are deleted between rounds. A single run
                pays the clock and cold caches too: compare it with `empty` in its own line. *Denied*: an address
                of the policy, a port that no rule allows; what is denied as it *leaves* meets a rule. *By XDP*, *past XDP*: in the
                program in front of the one that judges, which drops it there, or lets it go on; `empty` is then an XDP program too,
                and what the kernel saves by making no packet of it is in neither. *Asked by why*: the program of `weir why`, which judges and keeps
                nothing. *Guarded*: the source MAC is compared, and of a packet that is judged the source address is looked
                up. *And 100,000 prefixes*: a blocklist of so many that is judged before the 10,000 rules.
                """.formatted(repeat, rounds, inserts);
    }
}
