// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.Statistics;

/// [CompilerBenchmark] and [AgentCodeBenchmark] as a part of the report: `make bench-quick BENCH=jmh`.
final class JmhRun {
    private static final String METHOD = """
            JMH, mean time per call in each iteration after warming up, in forked JVMs with the serial collector; the table has
            the median of the iterations, in brackets the quartiles. `parse` goes from text to model, `compile` from model to
            the bytes of the image, `search` asks the image for one address of the policy at random, `decodeFlow` reads an entry
            of the table of flows, `encodeEndpoint` writes what the kernel has to know of a device, `scrape` makes all of
            `/metrics` from the kernel's maps, with ten rules a namespace.
            """;

    private JmhRun() {}

    static Section run(Effort effort) {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(CompilerBenchmark.class.getName())
                .include(AgentCodeBenchmark.class.getName())
                .verbosity(VerboseMode.SILENT);
        if (effort == Effort.QUICK) {
            TimeValue moment = TimeValue.milliseconds(300);
            options.forks(1)
                    .warmupIterations(2)
                    .warmupTime(moment)
                    .measurementIterations(3)
                    .measurementTime(moment);
        }
        Section section = new Section("Code, by JMH", METHOD, "call", "on", "time", "unit");
        try {
            sorted(new Runner(options.build()).run()).forEach(result -> row(section, result));
        } catch (RunnerException e) {
            throw new IllegalStateException("run JMH: " + e.getMessage(), e);
        }
        return section;
    }

    private static List<RunResult> sorted(Collection<RunResult> results) {
        return results.stream()
                .sorted(Comparator.comparing(result -> result.getPrimaryResult().getLabel()))
                .toList();
    }

    private static void row(Section section, RunResult run) {
        Result<?> result = run.getPrimaryResult();
        Statistics times = result.getStatistics();
        Quartiles quartiles = new Quartiles(times.getPercentile(25), times.getPercentile(50), times.getPercentile(75));
        section.row(
                result.getLabel(),
                on(run),
                quartiles.toString(),
                result.getScoreUnit().toLowerCase(Locale.ROOT));
    }

    private static String on(RunResult run) {
        BenchmarkParams params = run.getParams();
        return params.getParamsKeys().stream()
                .map(key -> params.getParam(key).replace('-', ' '))
                .collect(Collectors.joining(", "));
    }
}
