// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.RunningAgent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// The agent as a process, on hosts of few and of many namespaces: `make bench-quick BENCH='agent scale'`, as root.
final class AgentBenchmark {
    private static final int FEW = 10;
    private static final List<Integer> MANY = List.of(100, 1000);
    private static final int RULES = 10;
    private static final int SCRAPES = 100;
    private static final long SECOND_NANOS = 1_000_000_000;
    private static final long REST_NANOS = 2 * SECOND_NANOS; // until work that is left over is done
    private static final int SECONDS = 10; // of which the agent's processor time is taken
    private static final double KIBIBYTE = 1024;
    private static final double MEBIBYTE = 1024 * KIBIBYTE;

    private final int starts;
    private final int coming;
    private final int links;
    private final List<Integer> sizes;
    private final SizeTable table;
    private final Path home;

    private AgentBenchmark(List<Integer> sizes, int starts, int coming, int links, Path home) {
        this.sizes = sizes;
        this.starts = starts;
        this.coming = coming;
        this.links = links;
        this.home = home;
        table = new SizeTable(sizes);
    }

    /// On a host with few namespaces.
    static Section few(Effort effort) {
        return new AgentBenchmark(List.of(FEW), effort.rounds(3, 15), 200, 0, home()).run("Agent");
    }

    /// On a host with many, and then more.
    static Section many(Effort effort) {
        int devices = effort.rounds(200, 500);
        return new AgentBenchmark(MANY, effort.rounds(3, 7), effort.rounds(10, 40), 2 * devices, home())
                .run("Agent, 100 and 1,000 namespaces");
    }

    private static Path home() {
        try {
            Path home = Files.createTempDirectory(Path.of("/run"), "weir-bench");
            Path policies = Files.createDirectory(home.resolve("policies"));
            Files.writeString(policies.resolve("sample.yaml"), SamplePolicies.rules(Crowd.ALL, RULES, 0));
            return home;
        } catch (IOException e) {
            throw new UncheckedIOException("prepare the home of an agent", e);
        }
    }

    private Section run(String title) {
        try (Lab lab = new Lab()) {
            Crowd crowd = new Crowd(lab);
            long ofLeast = measure(crowd.grow(sizes.getFirst()));
            for (int size : sizes.subList(1, sizes.size())) {
                crowd.grow(size);
                linkMemory(size); // while the new devices have never had a program
                double more = (measure(crowd) - ofLeast) / KIBIBYTE / (size - sizes.getFirst());
                row("of all maps in the kernel, a namespace more", size, "KiB", null, more);
            }
        }
        Section section = new Section(title, method(), table.header());
        table.addTo(section);
        return section;
    }

    /// All that is asked of a host with so many namespaces.
    ///
    /// @return what its maps take of the kernel's memory
    private long measure(Crowd crowd) {
        int size = crowd.size();
        start(size);
        long maps;
        try (RunningAgent agent = RunningAgent.start(home)) {
            maps = KernelMemory.maps();
            row("all maps in the kernel, no flows", size, "MiB", null, maps / MEBIBYTE);
            double programs = KernelMemory.programs(Crowd.device(0)) / KIBIBYTE;
            row("the programs of all devices in the kernel", size, "KiB", null, programs);
            remember(size, agent);
            comeAndGo(size, agent);
            double churned = processor(agent, 2 * SECONDS, turn -> Arrivals.churn(turn, 2 * SECONDS));
            processor("two devices come a second, and two go", size, churned);
        }
        RunningAgent.command(home, "detach");
        return maps;
    }

    private void start(int size) {
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
        Budget most = Budget.most(size == FEW ? 500 : 1500, "ms");
        row("start, fresh", size, "ms", most, fresh);
        row("start, again", size, "ms", most, again);
        double rate = size / (Quartiles.of(fresh).median() / 1e3);
        table.row("devices enforced, of a fresh start", size, "%.0f a second".formatted(rate));
    }

    private void remember(int size, RunningAgent agent) {
        Budget most = Budget.most(110, "MiB");
        rest(SECONDS);
        row("resident memory, at rest after the start", size, "MiB", most, agent.residentMebibytes());
        double[] scrapes = new double[SCRAPES];
        for (int i = 0; i < SCRAPES; i++) {
            scrapes[i] = scrapeMillis(agent);
        }
        row("scrape, first", size, "ms", Budget.most(50, "ms"), scrapes[0]);
        row("scrape", size, "ms", Budget.most(50, "ms"), scrapes);
        rest(0);
        double resting = processor(agent, 1, _ -> {});
        String after = "resident memory, at rest after %d scrapes".formatted(SCRAPES);
        row(after, size, "MiB", most, agent.residentMebibytes());
        row("the most that it was", size, "MiB", null, agent.residentPeakMebibytes());
        processor("at rest", size, resting);
        processor("a scrape each five seconds", size, processor(agent, 2, _ -> scrapeMillis(agent)));
    }

    private static void rest(int seconds) {
        LockSupport.parkNanos(REST_NANOS + seconds * SECOND_NANOS);
    }

    private void processor(String what, int size, double percent) {
        row("of one processor, " + what, size, "%", null, percent);
    }

    /// How much of one processor the agent takes, in percent, while something is done in even turns.
    private static double processor(RunningAgent agent, int turns, IntConsumer turn) {
        double before = agent.processorSeconds();
        long start = System.nanoTime();
        for (int i = 0; i < turns; i++) {
            turn.accept(i);
            long end = start + (i + 1) * (SECONDS * SECOND_NANOS / turns);
            for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
        return 100 * (agent.processorSeconds() - before) / ((System.nanoTime() - start) / 1e9);
    }

    private void comeAndGo(int size, RunningAgent agent) {
        come("a device that comes, until it is enforced", size, Arrivals.millis(coming, () -> Arrivals.rest(agent)));
        come("the same while the one before it goes", size, Arrivals.millis(coming, () -> {}));
    }

    private void come(String what, int size, double... millis) {
        row(what, size, "ms", Budget.most(50, "ms"), millis);
        row(
                what + ", the slowest",
                size,
                "ms",
                null,
                Arrays.stream(millis).max().orElseThrow());
    }

    /// What links take while no agent runs.
    private void linkMemory(int size) {
        LinkMemory.Figures figures = LinkMemory.measure(size - links / 2, links / 2);
        row("a link to a device in the kernel", size, "KiB", Budget.most(8, "KiB"), kibibytes(figures.general()));
        row("a link and its pin", size, "KiB", Budget.most(8, "KiB"), kibibytes(figures.all()));
    }

    private static double[] kibibytes(List<Double> bytes) {
        return bytes.stream().mapToDouble(value -> value / KIBIBYTE).toArray();
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

    private void row(String what, int size, String unit, @Nullable Budget budget, double... values) {
        table.row(what, size, unit, budget, values);
    }

    private String method() {
        String link = links == 0 ? "" : """
                *A link to a device*: %,d links to devices that never had one, attached by this process in ten batches, while no
                agent runs: what the objects in use of the `kmalloc` caches grow by, a link; *and its pin*: what those of all
                caches do (`/proc/slabinfo`).
                """.formatted(links);
        return """
                `dist/bin/weir run` as a process, on a host of its own with namespaces behind a veth each: medians, in brackets
                the quartiles. *Start*: from the start of the process until `/readyz` says 200, asked every 10 ms, %d
                times; *fresh* with nothing in the kernel, *again* over the pins of the agent before. *Resident memory* is
                VmRSS; *at rest*: 12 s after the last work, when what is free has been given back; *the most* is VmHWM.
                *Scrape* reads all of `/metrics`, a rule a series. *A device that comes*: from before `ip link add` is run until
                both hooks have programs, %d times; first each 0.2 s after the agent has forgotten the one before. *Of one
                processor*: what the agent has worked in %d seconds (`utime` and `stime`), all its threads together.
                *In the kernel*: `bytes_memlock` of `bpftool map show` of all that is pinned, and of `bpftool prog show` of both
                programs.
                """.formatted(starts, coming, SECONDS) + link;
    }
}
