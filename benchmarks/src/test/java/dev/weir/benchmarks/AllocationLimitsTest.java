// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import dev.weir.abi.Direction;
import dev.weir.agent.enforce.Judge;
import dev.weir.agent.flow.KernelView;
import dev.weir.agent.metrics.WeirMetrics;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.FlowText;
import dev.weir.agent.view.FlowWalk;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How much of the heap it takes to tell what the maps hold.
@Tag("kernel")
class AllocationLimitsTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int ROUNDS = 20;
    private static final int NAMESPACES = 10;
    private static final int FLOWS = 4_000;
    private static final int RULES = 10;
    private static final int ROOM = 1024; // more than a flow takes as text
    private static final String INSIDE = "198.51.100.1";
    private static final int QUOTA = 1 << 16;

    @Test
    void flowsTakeNoMoreOfTheHeapThanTheirLimit() throws IOException {
        try (Judge judge = judge();
                KernelView view = new KernelView(new PinPaths(Judge.ROOT), _ -> EventPage.EMPTY)) {
            FlowText text = new FlowText(FLOWS * ROOM);
            long none = least(() -> write(view.walk(0), text, 0));
            open(judge);
            long all = least(() -> write(view.walk(0), text, FLOWS));
            Ceilings.read().hold("bytes of heap, table of flows:", Map.of("1,000 flows", (all - none) * 1_000 / FLOWS));
        }
    }

    /// Counters are read from all processors at once.
    @Test
    void scrapeTakesNoMoreOfTheHeapThanItsLimit() throws IOException {
        Ceilings ceilings = Ceilings.read();
        Ceilings.Host here = Ceilings.Host.here();
        if (!here.processors().equals(ceilings.host().processors())) {
            here.skip("WHAT A SCRAPE TAKES OF THE HEAP", ceilings.host());
            return;
        }
        try (Judge judge = judge();
                KernelView view = new KernelView(new PinPaths(Judge.ROOT), _ -> EventPage.EMPTY)) {
            WeirMetrics metrics = new WeirMetrics(view);
            long scrape =
                    least(() -> metrics.scrape(WeirMetrics.Format.PROMETHEUS).release());
            ceilings.hold("bytes of heap, scrape:", Map.of("10 namespaces", scrape));
        }
    }

    private static Judge judge() {
        Judge judge = new Judge();
        for (int n = 1; n < NAMESPACES; n++) {
            judge.introduce(Judge.LOOPBACK + n, "blue-" + n, QUOTA);
        }
        return judge.policies(SamplePolicies.rules("*", RULES, 0));
    }

    private static void open(Judge judge) {
        for (int n = 0; n < FLOWS; n++) {
            int rule = n % RULES;
            judge.nanos(
                    Direction.INGRESS,
                    Packet.udpPacket(SamplePolicies.peer(rule).toString(), 1 + n, INSIDE, SamplePolicies.port(rule, 0)),
                    1);
        }
    }

    /// As the answer to who asks for all flows.
    private static void write(FlowWalk walk, FlowText text, int expected) {
        AtomicInteger flows = new AtomicInteger();
        text.clear();
        while (walk.show(FLOWS, flow -> {
            flows.incrementAndGet();
            text.append(flow);
        })) {}
        assertEquals(expected, flows.get());
    }

    /// What the thread allocates, in the round that takes the least: code is compiled and caches fill meanwhile.
    private static long least(Runnable round) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            round.run();
            least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
