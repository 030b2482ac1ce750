// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.abi.State;
import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.RunningAgent;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/// How long a change of the rules takes, beside `nft -f` and `iptables-restore` of the same rules: `make bench-quick
/// BENCH=reload`, as root.
final class ReloadBenchmark {
    private static final int FEW = 10;
    private static final int MANY = 10_000;
    private static final int ADDRESSES = 100_000;
    private static final String NAMESPACE = "n0";
    private static final String POLICY = "sample.yaml";
    private static final String BLOCKLIST = "blocklist.txt";
    private static final Path PINS = Path.of("/sys/fs/bpf/weir");
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final long BETWEEN_LOOKS_NANOS = 100_000;

    private final int rounds;
    private final Path home;
    private final Section section;

    private ReloadBenchmark(Effort effort, Path home) {
        this.home = home;
        rounds = effort.rounds(5, 31);
        section = new Section(
                "Reload", method(), "what", "weir", "nft -f", "iptables", "nft / weir", "iptables / weir", "budget");
    }

    static Section run(Effort effort) {
        try (Lab lab = new Lab()) {
            lab.routed(NAMESPACE, "192.0.2.1/31", "192.0.2.0/31");
            Path home = Files.createTempDirectory(Path.of("/run"), "weir-bench");
            Files.createDirectory(home.resolve("policies"));
            return new ReloadBenchmark(effort, home).run();
        } catch (IOException e) {
            throw new UncheckedIOException("prepare the host of the agent", e);
        }
    }

    /// What is saved over and over.
    ///
    /// @param file name of it in the directory of policies
    /// @param text of it, in two variants that have nothing in common
    /// @param nft the same for `nft -f`
    /// @param iptables the same for `iptables-legacy-restore`; empty where it needs more than rules
    /// @param ratio what nft should take of our time
    private record Subject(
            String name,
            String file,
            IntFunction<String> text,
            IntFunction<String> nft,
            Optional<IntFunction<String>> iptables,
            Budget time,
            Optional<Budget> ratio) {}

    private Section run() {
        save(POLICY, SamplePolicies.rules(NAMESPACE, FEW, 1));
        Path gcLog = home.resolve("gc.log");
        try (RunningAgent agent = RunningAgent.start(home, "-Xlog:gc:file=" + gcLog);
                WeirMaps maps = WeirMaps.openPinned(new PinPaths(PINS))) {
            measure(maps, rules("10 rules", FEW, Optional.empty()));
            measure(maps, rules("10,000 rules", MANY, Optional.of(Budget.least(1))));
            save(BLOCKLIST, SamplePolicies.blocklist(ADDRESSES, 1));
            reloadMillis(maps, POLICY, SamplePolicies.blocking(NAMESPACE, BLOCKLIST));
            measure(maps, addresses());
            together(maps);
            memory("heap, highest", 64, HeapLog.peakMebibytes(gcLog));
            memory("resident, highest", 110, agent.residentPeakMebibytes());
            memory("resident, at the end", 110, agent.residentMebibytes());
        }
        RunningAgent.command(home, "detach");
        return section;
    }

    private static Subject rules(String name, int count, Optional<Budget> ratio) {
        return new Subject(
                name,
                POLICY,
                variant -> SamplePolicies.rules(NAMESPACE, count, variant),
                variant -> NftRules.rules(count, variant),
                Optional.of(variant -> IptablesRules.list(count, variant, SamplePolicies.EVERYTHING)),
                Budget.most(60, "ms"),
                ratio);
    }

    private static Subject addresses() {
        return new Subject(
                "100,000 addresses",
                BLOCKLIST,
                variant -> SamplePolicies.blocklist(ADDRESSES, variant),
                variant -> NftRules.addresses(ADDRESSES, variant),
                Optional.empty(),
                Budget.most(150, "ms"),
                Optional.of(Budget.least(3)));
    }

    private void measure(WeirMaps maps, Subject subject) {
        double[] weir = new double[rounds];
        double[] nft = new double[rounds];
        double[] iptables = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            weir[i] = reloadMillis(maps, subject.file(), subject.text().apply(i & 1));
            nft[i] = commandMillis("nft -f", subject.nft().apply(i & 1));
            if (subject.iptables().isPresent()) {
                String rules = subject.iptables().get().apply(i & 1);
                iptables[i] = commandMillis("iptables-legacy-restore", rules);
            }
        }
        boolean both = subject.iptables().isPresent();
        section.row(subject.name() + ", first", text(weir[0]), text(nft[0]), both ? text(iptables[0]) : "", "", "", "");
        Quartiles ratio = Quartiles.ofRatios(nft, weir);
        Quartiles time = Quartiles.of(weir);
        section.row(
                subject.name(),
                time.text(1) + " ms",
                Quartiles.of(nft).text(1) + " ms",
                both ? Quartiles.of(iptables).text(1) + " ms" : "",
                ratio.text(2),
                both ? Quartiles.ofRatios(iptables, weir).text(2) : "",
                subject.time().judge(time.median())
                        + subject.ratio()
                                .map(budget -> "; " + budget.judge(ratio.median()))
                                .orElse(""));
    }

    /// The largest of the above in one directory, one of them changing: what it takes of memory is in the next rows.
    private void together(WeirMaps maps) {
        double[] weir = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            String rules = SamplePolicies.rules(NAMESPACE, MANY, i & 1).replace("policy: sample", "policy: rules");
            weir[i] = reloadMillis(maps, "rules.yaml", rules);
        }
        section.row("10,000 rules beside 100,000 addresses", Quartiles.of(weir).text(1) + " ms", "", "", "", "", "");
    }

    private void memory(String what, double most, double mebibytes) {
        section.row(
                what,
                "%.1f MiB".formatted(mebibytes),
                "",
                "",
                "",
                "",
                Budget.most(most, "MiB").judge(mebibytes));
    }

    private double reloadMillis(WeirMaps maps, String file, String text) {
        await(maps, state -> state.oldest() == state.epoch()); // the reload before this one is over
        State before = maps.readState();
        long generation = before.generation(before.epoch()).number();
        long start = save(file, text);
        await(maps, state -> state.generation(state.epoch()).number() > generation);
        return (System.nanoTime() - start) / 1e6;
    }

    /// @param command that reads rules from a file
    private double commandMillis(String command, String rules) {
        try {
            Path file = Files.writeString(home.resolve("rules"), rules);
            long start = System.nanoTime();
            Shell.run(command + " " + file);
            return (System.nanoTime() - start) / 1e6;
        } catch (IOException e) {
            throw new UncheckedIOException("write rules for " + command, e);
        }
    }

    /// Replaces one file of the directory at once; returns when.
    private long save(String name, String text) {
        try {
            Path written = Files.writeString(home.resolve("written"), text);
            long start = System.nanoTime();
            Files.move(written, home.resolve("policies").resolve(name), StandardCopyOption.ATOMIC_MOVE);
            return start;
        } catch (IOException e) {
            throw new UncheckedIOException("save a policy", e);
        }
    }

    private static void await(WeirMaps maps, Predicate<State> condition) {
        long start = System.nanoTime();
        while (!condition.test(maps.readState())) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new IllegalStateException("the agent did not reload; the state is " + maps.readState());
            }
            LockSupport.parkNanos(BETWEEN_LOOKS_NANOS); // leave the processor to the agent
        }
    }

    private static String text(double millis) {
        return "%.1f ms".formatted(millis);
    }

    private String method() {
        return """
                One agent as a process (`dist/bin/weir run`), `nft -f` and `iptables-legacy-restore`, on one host of their own, in turn, %d times: medians, in
                brackets the quartiles; the ratio is the median of those pairs. *weir*: a file of the policies is renamed into
                place; the end is the store of the generation, seen in the pinned map at most a tenth of a millisecond later. It
                includes the 15 ms of quiet that the agent waits for after a change of the directory. *nft -f*, *iptables*: from the start of
                the process to its end, for a file that replaces a table by one with the same rules, in one transaction. No
                rule is the same as in the file before. *First* is the first of its size that a JVM that has just started meets.
                *Rules* are a port and an address each, *addresses* one rule and a set of them, in a file of
                its own (for nft an interval set). The *heap* is what the
                collector found at most, of 64 MiB; *resident* is VmHWM, then VmRSS.
                """.formatted(rounds);
    }
}
