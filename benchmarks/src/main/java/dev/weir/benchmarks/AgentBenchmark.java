// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.abi.State;
import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.RunningAgent;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/// The agent as a process, on a lab of namespaces: `make bench-quick BENCH=agent`, as root.
final class AgentBenchmark {
    private static final int NAMESPACES = 10;
    private static final int FEW = 10;
    private static final int MANY = 10_000;
    private static final int SCRAPES = 100;
    private static final Path PINS = Path.of("/sys/fs/bpf/weir");
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final long BETWEEN_LOOKS_NANOS = 100_000;

    private final int starts;
    private final int reloads;
    private final Path home;
    private final Section section;

    private AgentBenchmark(Effort effort, Path home) {
        this.home = home;
        starts = effort.rounds(3, 15);
        reloads = effort.rounds(5, 31);
        section = new Section("Agent", method(), "what", "measured", "budget");
    }

    static Section run(Effort effort) {
        try (Lab lab = new Lab()) {
            for (int i = 0; i < NAMESPACES; i++) {
                lab.routed("n" + i, "192.0.2.%d/31".formatted(2 * i + 1), "192.0.2.%d/31".formatted(2 * i));
            }
            Path home = Files.createTempDirectory(Path.of("/run"), "weir-bench");
            Files.createDirectory(home.resolve("policies"));
            return new AgentBenchmark(effort, home).run();
        } catch (IOException e) {
            throw new UncheckedIOException("prepare the host of the agent", e);
        }
    }

    private Section run() {
        save(SamplePolicies.rules("n*", FEW, 0));
        start();
        try (RunningAgent agent = RunningAgent.start(home)) {
            remember(agent);
            reload();
            row("resident memory after all these reloads", "MiB", 110, agent.residentMebibytes());
        }
        RunningAgent.command(home, "detach");
        return section;
    }

    private void start() {
        double[] fresh = new double[starts];
        double[] again = new double[starts];
        for (int i = 0; i < starts; i++) {
            try (RunningAgent agent = RunningAgent.start(home)) {
                fresh[i] = agent.readyMillis();
            }
            try (RunningAgent agent = RunningAgent.start(home)) {
                again[i] = agent.readyMillis();
            }
            RunningAgent.command(home, "detach");
        }
        row("start, fresh", "ms", 600, fresh);
        row("start, again", "ms", 600, again);
    }

    private void remember(RunningAgent agent) {
        row("resident memory after the start", "MiB", 110, agent.residentMebibytes());
        double[] scrapes = new double[SCRAPES];
        for (int i = 0; i < SCRAPES; i++) {
            scrapes[i] = scrapeMillis(agent);
        }
        row("scrape, first", "ms", 50, scrapes[0]);
        row("scrape", "ms", 50, scrapes);
        row("resident memory after 100 scrapes", "MiB", 110, agent.residentMebibytes());
    }

    private static double scrapeMillis(RunningAgent agent) {
        long start = System.nanoTime();
        try {
            agent.get("/metrics");
        } catch (IOException e) {
            throw new UncheckedIOException("scrape the agent", e);
        }
        return (System.nanoTime() - start) / 1e6;
    }

    private void reload() {
        double[] few = new double[reloads];
        double[] many = new double[reloads];
        try (WeirMaps maps = WeirMaps.openPinned(new PinPaths(PINS))) {
            for (int i = 0; i < reloads; i++) {
                few[i] = reloadMillis(maps, FEW, i);
                many[i] = reloadMillis(maps, MANY, i);
            }
        }
        row("saved file → enforced, 10 rules, first", "ms", 60, few[0]);
        row("saved file → enforced, 10 rules", "ms", 60, few);
        row("saved file → enforced, 10,000 rules, first", "ms", 60, many[0]);
        row("saved file → enforced, 10,000 rules", "ms", 60, many);
    }

    private double reloadMillis(WeirMaps maps, int rules, int round) {
        await(maps, state -> state.oldest() == state.epoch()); // the reload before this one is over
        State before = maps.readState();
        long generation = before.generation(before.epoch()).number();
        String policy = SamplePolicies.rules("n0", rules, round & 1);
        long start = save(policy);
        await(maps, state -> state.generation(state.epoch()).number() > generation);
        return (System.nanoTime() - start) / 1e6;
    }

    /// Replaces the one policy file at once; returns when.
    private long save(String policy) {
        try {
            Path written = Files.writeString(home.resolve("sample.yaml"), policy);
            long start = System.nanoTime();
            Files.move(written, home.resolve("policies/sample.yaml"), StandardCopyOption.ATOMIC_MOVE);
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

    private void row(String what, String unit, double most, double... values) {
        Quartiles quartiles = Quartiles.of(values);
        String measured = values.length == 1 ? "%.1f".formatted(values[0]) : quartiles.text(1);
        section.row(what, measured + " " + unit, new Budget(most, unit).judge(quartiles.median()));
    }

    private String method() {
        return """
                `dist/bin/weir run` as a process, on a host of its own with %d namespaces behind a veth each: medians, in brackets
                the quartiles. *Start*: from the start of the process until `/readyz` says 200, asked every millisecond, %d
                times; *fresh* with nothing in the kernel, *again* over the pins of the agent before. *Resident memory* is VmRSS.
                *Saved file → enforced*: a policy file of one namespace is renamed into place; the end is the store of the
                generation, seen in the pinned map at most a tenth of a millisecond later. It includes the 15 ms of quiet that the agent
                waits for after a change of the directory. Files of 10 and of 10,000 rules take turns, %d times, no rule the same
                as in the file before; *first* is the first reload of its size of a JVM that has just started. *Scrape* reads all of
                `/metrics`, a rule a series.
                """.formatted(NAMESPACES, starts, reloads);
    }
}
