// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// What is shown is all there is, and none of it ever falls.
class TopsTest {
    private static final int MOST = 2;

    private final Tops<String, String> tops =
            new Tops<>(MOST, values -> Arrays.stream(values).sum());

    /// As in `red=5 rest=1`.
    private String show(String counters) {
        return show(counters, 0);
    }

    private String show(String counters, long rest) {
        Map<String, long[]> values = new LinkedHashMap<>();
        for (String each : List.of(counters.split(" ", -1))) {
            int sign = each.indexOf('=');
            values.put(each.substring(0, sign), new long[] {Long.parseLong(each.substring(sign + 1))});
        }
        Map<String, Long> apart = new TreeMap<>();
        long[] left = tops.show("blue", values, new long[] {rest}, (key, value) -> apart.put(key, value[0]));
        StringBuilder text = new StringBuilder();
        apart.forEach((key, value) -> text.append(key).append('=').append(value).append(' '));
        return text.append("rest=").append(left[0]).toString();
    }

    @Test
    void largestStandApart() {
        assertEquals("b=9 c=5 rest=5", show("a=1 b=9 c=5 d=4"));
    }

    @Test
    void asManyAsThereIsRoomForAllStandApart() {
        assertEquals("a=1 b=9 rest=0", show("a=1 b=9"));
    }

    @Test
    void whatStandsApartStaysWhoeverOutgrowsIt() {
        show("a=1 b=9 c=5");
        assertEquals("b=9 c=5 rest=100", show("a=100 b=9 c=5"));
    }

    @Test
    void placeOfOneThatEndsGoesToTheLargestOfTheRest() {
        show("a=1 b=9 c=5 d=4");
        assertEquals("c=5 d=0 rest=14", show("a=1 c=5 d=4", 9), "what b and d had stays in the rest");
        assertEquals("c=5 d=3 rest=14", show("a=1 c=5 d=7", 9));
    }

    @Test
    void newcomerToAFreePlaceShowsAllItHas() {
        show("a=1");
        assertEquals("a=1 b=9 rest=0", show("a=1 b=9"));
    }

    @Test
    void restDoesNotFallWhileACounterEnds() {
        show("a=1 b=9 c=5");
        assertEquals("b=9 c=5 rest=1", show("b=9 c=5"), "it is in neither place");
        assertEquals("b=9 c=5 rest=2", show("b=9 c=5", 2));
    }

    @Test
    void groupThatEndsIsForgotten() {
        show("a=1 b=9 c=5");
        tops.retain(Set.of("red"));
        assertEquals("a=10 b=9 rest=5", show("a=10 b=9 c=5"));
    }

    /// Counters come, grow and end, and what they had goes to the rest.
    @Property
    void allThatIsShownIsAllThereIsAndNothingFalls(@ForAll long seed) {
        Random random = new Random(seed);
        Tops<String, Integer> some = new Tops<>(3, values -> values[0] + values[1]);
        Map<Integer, long[]> counters = new HashMap<>();
        Map<Integer, long[]> shownBefore = new HashMap<>();
        long[] restBefore = new long[2];
        long[] ended = new long[2];
        long[] all = new long[2];
        for (int step = 0; step < 40; step++) {
            for (int key : List.of(random.nextInt(8), random.nextInt(8))) {
                long[] values = counters.computeIfAbsent(key, absent -> new long[2]);
                for (int i = 0; i < 2; i++) {
                    long more = random.nextInt(100);
                    values[i] += more;
                    all[i] += more;
                }
            }
            int end = random.nextInt(16);
            long[] gone = counters.remove(end);
            for (int i = 0; gone != null && i < 2; i++) {
                ended[i] += gone[i];
            }
            Map<Integer, long[]> shown = new HashMap<>();
            long[] rest = some.show("blue", counters, ended, shown::put);
            shownBefore.keySet().retainAll(counters.keySet());
            assertTrue(shown.keySet().containsAll(shownBefore.keySet()), "one that was shown is not");
            assertTrue(shown.size() <= 3);
            for (int i = 0; i < 2; i++) {
                int at = i;
                long sum = rest[i]
                        + shown.values().stream()
                                .mapToLong(values -> values[at])
                                .sum();
                assertEquals(all[i], sum);
                assertTrue(rest[i] >= restBefore[i], "the rest fell");
                shownBefore.forEach((key, values) ->
                        assertTrue(requireNonNull(shown.get(key))[at] >= values[at], "a counter fell"));
            }
            restBefore = rest;
            shownBefore = new HashMap<>(shown);
        }
    }
}
