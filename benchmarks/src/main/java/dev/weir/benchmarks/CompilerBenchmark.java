// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.abi.Direction;
import dev.weir.policy.PolicySet;
import dev.weir.policy.compile.ImageRule;
import dev.weir.policy.compile.ImageSearch;
import dev.weir.policy.compile.PolicyChain;
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
import org.openjdk.jmh.annotations.Warmup;

/// Reading a policy, compiling it, and searching its image in Java. Without the report, and with all that JMH
/// offers:
///
/// ```sh
/// make benchmarks && scripts/bench org.openjdk.jmh.Main CompilerBenchmark -p policy=addresses-100000 -prof gc
/// ```
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 2,
        jvmArgsAppend = {"-XX:+UseSerialGC", "-Xmx512m"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class CompilerBenchmark {
    private static final String NAMESPACE = "blue";
    private static final int UDP = 17;

    @Param({"rules-10", "rules-10000", "addresses-100000"})
    private String policy = "";

    private String text = "";
    private PolicySet parsed = PolicySet.EMPTY;
    private ImageSearch search = new ImageSearch(chain(PolicySet.EMPTY));
    private int peers = 1;
    private int next;

    @Setup
    public void prepare() {
        peers = Integer.parseInt(policy.substring(policy.indexOf('-') + 1));
        text = policy.startsWith("rules")
                ? SamplePolicies.rules(NAMESPACE, peers, 0)
                : SamplePolicies.addresses(NAMESPACE, peers, 0);
        parsed = SamplePolicies.parse(text);
        search = new ImageSearch(chain(parsed));
    }

    /// From the text of the file to the model.
    @Benchmark
    public PolicySet parse() {
        return SamplePolicies.parse(text);
    }

    /// From the model to the images.
    @Benchmark
    public PolicyChain compile() {
        return chain(parsed);
    }

    /// One search, for an address of the policy at random.
    @Benchmark
    @OutputTimeUnit(TimeUnit.NANOSECONDS)
    public ImageRule search() {
        next = next * 1_664_525 + 1_013_904_223; // a full period of 2^32: no address is searched for twice in a row
        int peer = (int) ((Integer.toUnsignedLong(next) * peers) >>> Integer.SIZE);
        return search.find(
                Direction.INGRESS, SamplePolicies.peer(peer), ImageSearch.NO_HOLDER, UDP, SamplePolicies.port(peer, 0));
    }

    private static PolicyChain chain(PolicySet policies) {
        return SamplePolicies.compile(policies, NAMESPACE);
    }
}
