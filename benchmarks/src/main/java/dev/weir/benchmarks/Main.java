// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.bpf.probe.Feature;
import dev.weir.bpf.probe.Support;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Runs the benchmarks and prints their report; a full run also keeps it in `benchmarks/results`. Use it through `make
/// bench` and `make bench-quick`, which build what it needs and give it a network of its own.
///
/// Arguments: `quick` or `full`, then the names of benchmarks, of which [#ALL] has all; none means all, or the main
/// ones where it is to be quick. Or `plot` and a report: its plots, and its JSON, are made anew beside it.
public final class Main {
    private static final Path RESULTS = Path.of("benchmarks/results");
    private static final List<String> ALL = List.of(
            "path stages rules table search wire ways addresses peers agent scale restart flows reload jmh".split(" "));

    /// Of a quick run that names none: traffic beside other filters, and what it takes to judge it.
    private static final List<String> MAIN = List.of("path", "peers");

    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private final StringBuilder report = new StringBuilder();
    private final Effort effort;
    private final List<String> names;

    private Main(Effort effort, List<String> names) {
        this.effort = effort;
        this.names = names;
    }

    /// Runs what the arguments name.
    ///
    /// @throws IllegalArgumentException when an argument is none of the above
    public static void main(String... arguments) throws IOException {
        if (arguments[0].equals("plot")) {
            plot(Path.of(arguments[1]));
            return;
        }
        Effort effort = Effort.valueOf(arguments[0].toUpperCase(Locale.ROOT));
        List<String> names = List.of(arguments).subList(1, arguments.length);
        for (String name : names) {
            if (!ALL.contains(name)) {
                throw new IllegalArgumentException("no benchmark is called " + name + "; there are " + ALL);
            }
        }
        new Main(effort, names.isEmpty() ? (effort == Effort.QUICK ? MAIN : ALL) : names).run();
    }

    private void run() throws IOException {
        Machine machine = Machine.here();
        say(machine.header(effort));
        List<String> able = new ArrayList<>(names);
        able.removeIf(name -> !name.equals("jmh") && !kernel(name));
        String part = able.equals(ALL) ? "" : "-" + String.join("-", able);
        Path file = RESULTS.resolve(machine.date() + "-" + machine.commit() + part + ".md");
        for (String name : able) {
            say(measure(name).markdown());
            if (effort == Effort.FULL) {
                keep(file); // already now: a later benchmark may fail
            }
        }
    }

    private void keep(Path file) throws IOException {
        Files.createDirectories(RESULTS);
        Files.writeString(file, report.toString().strip() + "\n");
        plot(file);
        out.println("kept in " + file + "\n");
    }

    /// Says in files beside a report what it says, as JSON and as plots.
    private static void plot(Path report) throws IOException {
        String name = report.getFileName().toString().replaceFirst("\\.md$", "");
        Report read = new Report(Files.readString(report));
        Files.writeString(report.resolveSibling(name + ".json"), read.json());
        for (Map.Entry<String, String> plot : read.plots().entrySet()) {
            Files.writeString(report.resolveSibling(name + "-" + plot.getKey() + ".svg"), plot.getValue());
        }
    }

    private Section measure(String name) {
        return switch (name) {
            case "path" -> PathBenchmark.run(effort);
            case "stages" -> StagesBenchmark.run(effort);
            case "rules" -> GrowthBenchmark.byRules(effort);
            case "table" -> GrowthBenchmark.byFlows(effort);
            case "search" -> SearchBenchmark.run(effort);
            case "wire" -> WireBenchmark.run(effort);
            case "ways" -> WaysBenchmark.run(effort);
            case "addresses" -> AddressesBenchmark.run(effort);
            case "peers" -> PeersBenchmark.run(effort);
            case "agent" -> AgentBenchmark.few(effort);
            case "scale" -> AgentBenchmark.many(effort);
            case "restart" -> RestartBenchmark.run(effort);
            case "flows" -> FlowsBenchmark.run(effort);
            case "reload" -> ReloadBenchmark.run(effort);
            default -> JmhRun.run(effort);
        };
    }

    private boolean kernel(String name) {
        if (Feature.TCX.support() instanceof Support.Supported) {
            return true;
        }
        out.println("`" + name + "` was left out: it needs root, and a kernel with TCX.\n");
        return false;
    }

    private void say(String markdown) {
        report.append(markdown);
        out.print(markdown);
    }
}
