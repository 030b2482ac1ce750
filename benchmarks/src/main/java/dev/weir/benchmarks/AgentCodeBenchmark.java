// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.abi.Endpoint;
import dev.weir.abi.Flow;
import dev.weir.agent.enforce.Judge;
import dev.weir.agent.flow.KernelView;
import dev.weir.agent.metrics.WeirMetrics;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.view.EventPage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What the agent does most often with the kernel's maps, as root: see [CompilerBenchmark] for how to run it alone.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 2,
        jvmArgsAppend = {"-XX:+UseSerialGC", "-Xmx512m"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class AgentCodeBenchmark {
    private static final int RULES = 10;
    private static final int QUOTA = 1 << 16;

    /// An entry of a map, and what one is made of.
    @State(Scope.Thread)
    public static class Entries {
        private final MemorySegment flow = Arena.global().allocate(Flow.CODEC.layout());
        private final MemorySegment target = Arena.global().allocate(Endpoint.CODEC.layout());
        private final Endpoint endpoint = Endpoint.CODEC.decode(Arena.global().allocate(Endpoint.CODEC.layout()));
    }

    /// The maps of an agent with so many namespaces.
    @State(Scope.Benchmark)
    public static class Maps {
        @Param({"10", "1000"})
        private int namespaces;

        private Judge judge = new Judge();
        private KernelView view = new KernelView(new PinPaths(Judge.ROOT), _ -> EventPage.EMPTY);
        private WeirMetrics metrics = new WeirMetrics(view);

        /// Takes in the namespaces.
        @Setup
        public void introduce() {
            for (int n = 1; n < namespaces; n++) {
                judge.introduce(Judge.LOOPBACK + n, "blue-" + n, QUOTA);
            }
            judge.policies(SamplePolicies.rules("*", RULES, 0));
        }

        /// Takes the maps out of the kernel.
        @TearDown
        public void close() {
            view.close();
            judge.close();
        }
    }

    /// From bytes to the record.
    @Benchmark
    public Flow decodeFlow(Entries entries) {
        return Flow.CODEC.decode(entries.flow);
    }

    /// From the record to bytes.
    @Benchmark
    public MemorySegment encodeEndpoint(Entries entries) {
        Endpoint.CODEC.encode(entries.endpoint, entries.target);
        return entries.target;
    }

    /// All of `/metrics`.
    ///
    /// @return how many bytes it has
    @Benchmark
    @OutputTimeUnit(TimeUnit.MICROSECONDS)
    public int scrape(Maps maps) {
        var page = maps.metrics.scrape(WeirMetrics.Format.PROMETHEUS);
        int bytes = page.readableBytes();
        page.release();
        return bytes;
    }
}
