// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FlowWatchTest {
    private static final FlowQuery TWO = new FlowQuery(TrafficFilter.ALL, FlowQuery.Sort.BYTES, 2, null, 0);

    private static FlowView flow(int port, long bytes) {
        return SampleView.flow("blue", "10.0.0.2", port, "192.0.2.7", 40000, bytes);
    }

    private static FlowChanges look(FlowWatch watch, FlowView... flows) {
        FlowWatch.Look look = watch.look();
        List.of(flows).forEach(look);
        return look.changes(SampleView.APPLIED);
    }

    @Test
    void firstLookShowsThePage() {
        FlowChanges changes = look(new FlowWatch(TWO), flow(1, 100), flow(2, 300), flow(3, 200));

        assertEquals(List.of(flow(2, 300), flow(3, 200)), changes.opened());
        assertEquals(3, changes.matched());
    }

    @Test
    void whatDidNotChangeIsNotTold() {
        FlowWatch watch = new FlowWatch(TWO);
        look(watch, flow(1, 100));

        assertTrue(look(watch, flow(1, 100)).none());
        assertEquals(List.of(flow(1, 400)), look(watch, flow(1, 400)).updated());
    }

    @Test
    void flowThatEndedIsClosedAndOneThatWasOutrankedIsPassed() {
        FlowWatch watch = new FlowWatch(TWO);
        look(watch, flow(1, 100), flow(2, 200));
        FlowChanges changes = look(watch, flow(1, 100), flow(3, 300), flow(4, 400));

        assertEquals(List.of(flow(2, 200)), changes.closed());
        assertEquals(List.of(flow(1, 100)), changes.passed());
        assertEquals(List.of(flow(4, 400), flow(3, 300)), changes.opened());
    }

    @Test
    void flowOfTheSamePortsWithLessIsAnother() {
        FlowWatch watch = new FlowWatch(TWO);
        look(watch, flow(1, 500));
        FlowChanges changes = look(watch, flow(1, 100));

        assertEquals(List.of(flow(1, 500)), changes.closed());
        assertEquals(List.of(flow(1, 100)), changes.opened());
    }

    @Property(tries = 300)
    void whoAppliesAllChangesHoldsThePage(@ForAll long seed, @ForAll @IntRange(min = 1, max = 6) int limit) {
        Random random = new Random(seed);
        FlowQuery query = new FlowQuery(TrafficFilter.ALL, FlowQuery.Sort.BYTES, limit, null, 0);
        FlowWatch watch = new FlowWatch(query);
        Map<Integer, FlowView> table = new HashMap<>();
        Map<Integer, FlowView> held = new HashMap<>();
        for (int turn = 0; turn < 10; turn++) {
            for (int change = 0; change < 4; change++) {
                int port = 1 + random.nextInt(10);
                if (random.nextInt(3) == 0) {
                    table.remove(port);
                } else {
                    table.put(port, flow(port, random.nextInt(8) * 100L));
                }
            }
            FlowWatch.Look look = watch.look();
            FlowSelector page = new FlowSelector(query);
            table.values().forEach(look);
            table.values().forEach(page::push);
            FlowChanges changes = look.changes(SampleView.APPLIED);
            changes.closed().forEach(flow -> held.remove(flow.insidePort()));
            changes.passed().forEach(flow -> held.remove(flow.insidePort()));
            List<FlowView> come = new ArrayList<>(changes.opened());
            come.addAll(changes.updated());
            come.forEach(flow -> held.put(flow.insidePort(), flow));

            Map<Integer, FlowView> expected = new HashMap<>();
            page.page().flows().forEach(flow -> expected.put(flow.insidePort(), flow));
            assertEquals(expected, held);
        }
    }
}
