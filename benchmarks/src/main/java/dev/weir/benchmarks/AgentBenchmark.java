// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.RunningAgent;
import dev.weir.agent.lab.Shell;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.TcxAttachment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/// The agent as a process, on a lab of few or of many namespaces: `make bench-quick BENCH='agent scale'`, as root.
final class AgentBenchmark {
    private static final int FEW = 10;
    private static final int MANY = 1000;
    private static final int RULES = 10;
    private static final long COMING_REST_NANOS = 200_000_000L;
    private static final int NEXT_LOOK_NANOS = 500_000; // each takes the lock of all devices for a moment
    private static final long PATIENCE_NANOS = 5_000_000_000L;
    private static final int SCRAPES = 100;
    private static final long REST_NANOS = 12_000_000_000L;

    private final int namespaces;
    private final int starts;
    private final int coming;
    private final Path home;
    private final Section section;

    private AgentBenchmark(int namespaces, int starts, int coming, Path home) {
        this.namespaces = namespaces;
        this.home = home;
        this.starts = starts;
        this.coming = coming;
        String title = namespaces == FEW ? "Agent" : "Agent, %,d namespaces".formatted(namespaces);
        section = new Section(title, method(), "what", "measured", "budget");
    }

    /// On a host with few namespaces.
    static Section few(Effort effort) {
        return run(FEW, effort.rounds(3, 15), 200);
    }

    /// On a host with a thousand.
    static Section many(Effort effort) {
        return run(MANY, effort.rounds(3, 9), effort.rounds(20, 100));
    }

    private static Section run(int namespaces, int starts, int coming) {
        try (Lab lab = new Lab()) {
            for (int i = 0; i < namespaces; i++) {
                lab.routed("n" + i, address(2 * i + 1), address(2 * i));
            }
            Path home = Files.createTempDirectory(Path.of("/run"), "weir-bench");
            Files.createDirectory(home.resolve("policies"));
            return new AgentBenchmark(namespaces, starts, coming, home).run();
        } catch (IOException e) {
            throw new UncheckedIOException("prepare the host of the agent", e);
        }
    }

    private static String address(int number) {
        return "10.64.%d.%d/31".formatted(number >> 8, number & 0xff);
    }

    private Section run() {
        save(SamplePolicies.rules("n*", RULES, 0));
        start();
        try (RunningAgent agent = RunningAgent.start(home)) {
            remember(agent);
            comeAndGo(agent);
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
        double most = namespaces == FEW ? 500 : 1500;
        row("start, fresh", "ms", most, fresh);
        row("start, again", "ms", most, again);
        section.row("devices enforced, of a fresh start", "%.0f a second".formatted(rate(fresh)), "");
    }

    private double rate(double... millis) {
        return namespaces / (Quartiles.of(millis).median() / 1e3);
    }

    private void comeAndGo(RunningAgent agent) {
        comeAndGo("a device that comes, until it is enforced", () -> {
            awaitGone(agent);
            LockSupport.parkNanos(COMING_REST_NANOS); // the kernel takes a namespace down after it is gone
        });
        comeAndGo("the same while the one before it goes", () -> {});
    }

    /// From before a namespace's device is made until both its hooks judge, while others are enforced.
    ///
    /// @param pause what is done after each has gone
    private void comeAndGo(String what, Runnable pause) {
        double[] millis = new double[coming];
        for (int i = 0; i < coming; i++) {
            Shell.run("ip netns add coming");
            long start = System.nanoTime();
            Shell.run("ip link add veth-coming type veth peer name eth0 netns coming");
            awaitPrograms(start);
            millis[i] = (System.nanoTime() - start) / 1e6;
            Shell.run("ip link del veth-coming");
            Shell.run("ip netns del coming");
            pause.run();
        }
        row(what, "ms", 50, millis);
        section.row(
                "the slowest of %d".formatted(coming),
                "%.1f ms".formatted(Arrays.stream(millis).max().orElseThrow()),
                "");
    }

    private static void awaitGone(RunningAgent agent) {
        long start = System.nanoTime();
        while (new String(get(agent, "/api/v1/namespaces"), UTF_8).contains("\"coming\"")) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new IllegalStateException("veth-coming was not forgotten");
            }
            LockSupport.parkNanos(NEXT_LOOK_NANOS);
        }
    }

    private static void awaitPrograms(long start) {
        int ifindex = ifindex();
        while (isOpen(ifindex, DeviceHook.TCX_INGRESS) || isOpen(ifindex, DeviceHook.TCX_EGRESS)) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new IllegalStateException("veth-coming was not enforced");
            }
            LockSupport.parkNanos(NEXT_LOOK_NANOS);
        }
    }

    private static boolean isOpen(int ifindex, DeviceHook hook) {
        return TcxAttachment.chain(ifindex, hook).orElseThrow().isEmpty();
    }

    private static int ifindex() {
        try {
            return Integer.parseInt(Files.readString(Path.of("/sys/class/net/veth-coming/ifindex"))
                    .strip());
        } catch (IOException e) {
            throw new UncheckedIOException("read the index of veth-coming", e);
        }
    }

    private void remember(RunningAgent agent) {
        row("resident memory, at rest after the start", "MiB", 110, atRest(agent));
        double[] scrapes = new double[SCRAPES];
        for (int i = 0; i < SCRAPES; i++) {
            scrapes[i] = scrapeMillis(agent);
        }
        row("scrape, first", "ms", 50, scrapes[0]);
        row("scrape", "ms", 50, scrapes);
        row("resident memory, at rest after %d scrapes".formatted(SCRAPES), "MiB", 110, atRest(agent));
        section.row("the most that it was", "%.1f MiB".formatted(agent.residentPeakMebibytes()), "");
    }

    private static double atRest(RunningAgent agent) {
        LockSupport.parkNanos(REST_NANOS);
        return agent.residentMebibytes();
    }

    private static double scrapeMillis(RunningAgent agent) {
        long start = System.nanoTime();
        get(agent, "/metrics");
        return (System.nanoTime() - start) / 1e6;
    }

    private static byte[] get(RunningAgent agent, String path) {
        try {
            return agent.get(path);
        } catch (IOException e) {
            throw new UncheckedIOException("ask the agent for " + path, e);
        }
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
                `dist/bin/weir run` as a process, on a host of its own with %,d namespaces behind a veth each: medians, in brackets
                the quartiles. *Start*: from the start of the process until `/readyz` says 200, asked every millisecond, %d
                times; *fresh* with nothing in the kernel, *again* over the pins of the agent before. *Resident memory* is
                VmRSS; *at rest*: 12 s after the last work, when what is free has been given back; *the most* is VmHWM.
                *Scrape* reads all of `/metrics`, a rule a series. *A device that comes*: from before `ip link add` is run until
                both hooks have programs, %d times; first each 0.2 s after the agent has forgotten the one before.
                """.formatted(namespaces, starts, coming);
    }
}
