// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.RunningAgent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The agent as a process, on a lab of namespaces: `make bench-quick BENCH=agent`, as root.
final class AgentBenchmark {
    private static final int NAMESPACES = 10;
    private static final int FEW = 10;
    private static final int SCRAPES = 100;

    private final int starts;
    private final Path home;
    private final Section section;

    private AgentBenchmark(Effort effort, Path home) {
        this.home = home;
        starts = effort.rounds(3, 15);
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

    private void save(String policy) {
        try {
            Files.writeString(home.resolve("policies/sample.yaml"), policy);
        } catch (IOException e) {
            throw new UncheckedIOException("save a policy", e);
        }
    }

    private void row(String what, String unit, double most, double... values) {
        Quartiles quartiles = Quartiles.of(values);
        String measured = values.length == 1 ? "%.1f".formatted(values[0]) : quartiles.text(1);
        section.row(what, measured + " " + unit, Budget.most(most, unit).judge(quartiles.median()));
    }

    private String method() {
        return """
                `dist/bin/weir run` as a process, on a host of its own with %d namespaces behind a veth each: medians, in brackets
                the quartiles. *Start*: from the start of the process until `/readyz` says 200, asked every millisecond, %d
                times; *fresh* with nothing in the kernel, *again* over the pins of the agent before. *Resident memory* is VmRSS.
                *Scrape* reads all of `/metrics`, a rule a series.
                """.formatted(NAMESPACES, starts);
    }
}
