// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.weir.agent.view.FlowPage;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.SampleView;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Rates of flows; each flow here is 5 s old.
class RatesTest {
    @Test
    void rateIsTheDifferenceOverTheTimeBetween() {
        Rates.PerSecond rate = rate(flow(100_000), flow(300_000), 4);
        assertEquals(new Rates.PerSecond(0, 50_000, 750, 0), rate);
    }

    @Test
    void flowThatWasOpenedMeanwhileHadNothingBefore() {
        assertEquals(new Rates.PerSecond(0, 30_000, 450, 0), rate(null, flow(300_000), 10));
    }

    @Test
    void flowThatIsOldAndWasNotAmongTheLatestHasNoRateYet() {
        assertNull(rate(null, flow(300_000), 5));
    }

    @Test
    void laterFlowBetweenTheSameEndsBeginsAnew() {
        assertEquals(new Rates.PerSecond(0, 30_000, 450, 0), rate(flow(900_000), flow(300_000), 10));
        assertNull(rate(flow(900_000), flow(300_000), 1), "and was not opened meanwhile");
    }

    private static Rates.@Nullable PerSecond rate(@Nullable FlowView before, FlowView now, int seconds) {
        return Rates.between(sample(0, before), sample(seconds, now))
                .flows()
                .getFirst()
                .rate();
    }

    private static Sample sample(int seconds, @Nullable FlowView flow) {
        List<FlowView> flows = flow == null ? List.of() : List.of(flow);
        return new Sample(TimeUnit.SECONDS.toNanos(seconds), List.of(), new FlowPage(flows, null, 1, 1));
    }

    private static FlowView flow(long bytes) {
        return SampleView.flow("blue", "10.10.0.3", 80, "192.0.2.7", 40000, bytes);
    }
}
