// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;

/// Chooses which of the many counters of a group stand apart, and which are added up as its rest. The
/// largest come first, and stay for as long as they are there: nothing that is shown ever falls, and
/// all that is shown together is all there is. A counter that comes out of the rest begins at 0, for
/// what it had until then stays in the rest. One thread at a time.
///
/// @param <G> groups, such as namespaces
/// @param <K> counters within a group, such as peers
final class Tops<G, K> {
    private final int most;
    private final ToLongFunction<long[]> size;
    private final Map<G, Group<K>> groups = new HashMap<>();

    /// What was shown of a group last.
    private static final class Group<K> {
        /// Of those that stand apart: what the rest keeps of each.
        private final Map<K, long[]> kept = new HashMap<>();

        /// Those that are in the rest.
        private final Set<K> waiting = new HashSet<>();

        /// As it was shown.
        private long[] rest;

        private Group(int values) {
            rest = new long[values];
        }
    }

    /// @param most counters of a group that stand apart
    /// @param size of a counter, which has several values; the largest go first
    Tops(int most, ToLongFunction<long[]> size) {
        this.most = most;
        this.size = size;
    }

    /// Shows a group.
    ///
    /// @param counters all that it has, each of as many values as `rest`; one that is not here any
    /// more makes room
    /// @param rest what is in the rest whatever stands apart; where a counter ends, what it had goes there
    /// @param apart is given what stands apart
    /// @return the rest
    long[] show(G name, Map<K, long[]> counters, long[] rest, BiConsumer<K, long[]> apart) {
        Group<K> group = groups.computeIfAbsent(name, absent -> new Group<>(rest.length));
        group.kept.keySet().retainAll(counters.keySet());
        for (Map.Entry<K, long[]> each : largest(counters, group.kept.keySet())) {
            boolean waited = group.waiting.contains(each.getKey());
            group.kept.put(each.getKey(), waited ? each.getValue().clone() : new long[rest.length]);
        }
        group.waiting.clear();
        long[] left = rest.clone();
        counters.forEach((key, values) -> {
            long[] base = group.kept.get(key);
            if (base == null) {
                group.waiting.add(key);
                add(left, values, 1);
            } else {
                add(left, base, 1);
                long[] shown = values.clone();
                add(shown, base, -1);
                apart.accept(key, shown);
            }
        });
        // While a counter ends, what it had may be in neither place for a moment.
        for (int i = 0; i < left.length; i++) {
            left[i] = Math.max(left[i], group.rest[i]);
        }
        group.rest = left;
        return left.clone();
    }

    /// Forgets all groups but these.
    void retain(Collection<G> there) {
        groups.keySet().retainAll(there);
    }

    /// Those that places are free for.
    private List<Map.Entry<K, long[]>> largest(Map<K, long[]> counters, Set<K> without) {
        if (without.size() == Math.min(most, counters.size())) {
            return List.of(); // as most of the time
        }
        Comparator<Map.Entry<K, long[]>> bySize = Comparator.comparingLong(each -> size.applyAsLong(each.getValue()));
        return counters.entrySet().stream()
                .filter(each -> !without.contains(each.getKey()))
                .sorted(bySize.reversed())
                .limit(most - (long) without.size())
                .toList();
    }

    private static void add(long[] sum, long[] values, int sign) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += sign * values[i];
        }
    }
}
