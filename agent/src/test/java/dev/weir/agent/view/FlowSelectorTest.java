// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FlowSelectorTest {
    @Property(tries = 300)
    void pagesLaidEndToEndAreTheNaiveSort(
            @ForAll long seed,
            @ForAll @IntRange(max = 60) int count,
            @ForAll @IntRange(min = 1, max = 9) int limit,
            @ForAll FlowQuery.Sort sort)
            throws Exception {
        Assume.that(sort != FlowQuery.Sort.NONE);
        Random random = new Random(seed);
        List<FlowView> flows = distinctFlows(random, count);
        List<FlowView> expected = flows.stream()
                .filter(flow -> flow.namespace().startsWith("b"))
                .sorted(naive(sort))
                .toList();

        List<FlowView> pages = new ArrayList<>();
        String cursor = null;
        do {
            Collections.shuffle(flows, random);
            FlowPage page = select(query(sort, limit, cursor), flows);
            assertEquals(expected.size(), page.matched());
            assertEquals(count, page.scanned());
            assertTrue(page.flows().size() <= limit);
            pages.addAll(page.flows());
            cursor = page.nextCursor();
        } while (cursor != null);

        assertEquals(expected, pages);
    }

    @Test
    void lastFullPageHasNoCursor() throws Exception {
        List<FlowView> flows = distinctFlows(new Random(1), 10).stream()
                .filter(flow -> flow.namespace().startsWith("b"))
                .toList();

        assertNull(
                select(query(FlowQuery.Sort.BYTES, flows.size(), null), flows).nextCursor());
        assertNotNull(select(query(FlowQuery.Sort.BYTES, flows.size() - 1, null), flows)
                .nextCursor());
    }

    @Test
    void cursorOfAnotherOrderIsRefused() throws Exception {
        String cursor = select(query(FlowQuery.Sort.BYTES, 1, null), distinctFlows(new Random(1), 10))
                .nextCursor();
        assertNotNull(cursor);

        BadQuery bad = assertThrows(BadQuery.class, () -> query(FlowQuery.Sort.AGE, 1, cursor));
        assertEquals(List.of("cursor: not a nextCursor that this agent gave for sort=age"), bad.problems());
    }

    private static FlowPage select(FlowQuery query, List<FlowView> flows) {
        FlowSelector selector = new FlowSelector(query);
        flows.forEach(selector::push);
        return selector.page();
    }

    private static FlowQuery query(FlowQuery.Sort sort, int limit, @Nullable String cursor) throws BadQuery {
        Map<String, List<String>> parameters = new HashMap<>();
        parameters.put("namespace", List.of("b*"));
        parameters.put("sort", List.of(sort.word()));
        parameters.put("limit", List.of(Integer.toString(limit)));
        if (cursor != null) {
            parameters.put("cursor", List.of(cursor));
        }
        return FlowQuery.parse(parameters);
    }

    private static Comparator<FlowView> naive(FlowQuery.Sort sort) {
        Function<FlowView, Long> value = flow -> switch (sort) {
            case NONE -> 0L;
            case BYTES -> -(flow.bytesEgress() + flow.bytesIngress());
            case PACKETS -> -(flow.packetsEgress() + flow.packetsIngress());
            case AGE -> flow.openedAt().toEpochMilli();
            case RECENT -> -flow.lastSeenAt().toEpochMilli();
        };
        return Comparator.comparing(value)
                .thenComparing(FlowView::namespace)
                .thenComparing(flow -> flow.insideAddress().toString())
                .thenComparingInt(FlowView::insidePort);
    }

    /// Few distinct values, so that most places are decided by identity.
    private static List<FlowView> distinctFlows(Random random, int count) {
        List<FlowView> flows = new ArrayList<>();
        HashSet<String> seen = new HashSet<>();
        while (flows.size() < count) {
            String namespace = random.nextBoolean() ? "blue" : "red";
            int port = 1 + random.nextInt(60);
            if (seen.add(namespace + port)) {
                FlowView flow = SampleView.flow(
                        namespace, "10.0.0." + (1 + port % 3), port, "192.0.2.1", 50000, random.nextInt(3) * 100L);
                flows.add(flow);
            }
        }
        return flows;
    }
}
