// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.ImageLayout;
import dev.weir.policy.Service;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// All service lists of one image, each kept once and called by a small number. What the image refers to is
/// placed in the order of first use; lists that only led to others are left out.
final class ServiceLists {
    /// The list in which nothing matches; an image says so by offset 0.
    static final int NONE = 0;

    private static final int UNPLACED = -1;

    private final Budget budget;
    private final List<List<Service>> services;
    private final List<Staircase> lists = new ArrayList<>();
    private final Map<Staircase, Integer> numbers = new HashMap<>();
    private final Map<IntBuffer, Integer> byRules = new HashMap<>();
    private final Map<Long, Integer> merged = new HashMap<>();
    private final List<Integer> placed = new ArrayList<>();
    private int[] places = new int[16];
    private int placedBytes;

    /// @param services of each rule, by number
    ServiceLists(List<List<Service>> services, Budget budget) throws Budget.ExceededException {
        this.services = services;
        this.budget = budget;
        intern(Staircase.NOTHING);
    }

    /// The list with this number.
    Staircase get(int list) {
        return lists.get(list);
    }

    /// The list in which the first of these rules wins.
    ///
    /// @param rules numbers in ascending order, each once
    int of(int... rules) throws Budget.ExceededException {
        if (rules.length == 0) {
            return NONE;
        }
        IntBuffer set = IntBuffer.wrap(rules); // compares by content
        Integer known = byRules.get(set);
        if (known != null) {
            return known;
        }
        budget.memory(4L * rules.length);
        int number = intern(flatten(rules, 0, rules.length));
        byRules.put(set, number);
        return number;
    }

    /// The list that says what the lower rule number of both lists says.
    int min(int a, int b) throws Budget.ExceededException {
        if (a == b || b == NONE) {
            return a;
        }
        if (a == NONE) {
            return b;
        }
        long pair = ((long) a << 32) | b;
        Integer known = merged.get(pair);
        if (known != null) {
            return known;
        }
        int number = intern(min(lists.get(a), lists.get(b)));
        budget.memory(32);
        merged.put(pair, number);
        return number;
    }

    /// What the list says.
    Staircase steps(int list) {
        return lists.get(list);
    }

    /// Gives the list a place in the image, if it has none yet.
    void use(int list) throws Budget.ExceededException {
        if (list != NONE && places[list] == UNPLACED) {
            int size = lists.get(list).size();
            if (size > ImageLayout.MAX_STEPS) {
                throw new Budget.ExceededException(
                        "a list of services has more than " + ImageLayout.MAX_STEPS + " steps");
            }
            int bytes = ImageLayout.SERVICES_BYTES + size * ImageLayout.STEP_BYTES;
            budget.image(bytes);
            places[list] = placedBytes;
            placed.add(list);
            placedBytes += bytes;
        }
    }

    /// Offset of a used list from the first one.
    int place(int list) {
        return places[list];
    }

    /// Bytes of all used lists.
    int placedBytes() {
        return placedBytes;
    }

    /// The used lists in the order of their places.
    List<Staircase> placed() {
        return placed.stream().map(lists::get).toList();
    }

    /// Halves rather than folds, so that many rules in one list cost n log n steps.
    private Staircase flatten(int[] rules, int from, int to) throws Budget.ExceededException {
        if (to - from == 1) {
            return Staircase.of(services.get(rules[from]), rules[from]);
        }
        int middle = (from + to) >>> 1;
        return min(flatten(rules, from, middle), flatten(rules, middle, to));
    }

    private Staircase min(Staircase a, Staircase b) throws Budget.ExceededException {
        budget.work((long) a.size() + b.size());
        return Staircase.min(a, b);
    }

    private int intern(Staircase list) throws Budget.ExceededException {
        Integer known = numbers.get(list);
        if (known != null) {
            return known;
        }
        budget.memory((long) list.size() * ImageLayout.STEP_BYTES);
        int number = lists.size();
        lists.add(list);
        numbers.put(list, number);
        if (number == places.length) {
            places = Arrays.copyOf(places, 2 * number);
        }
        places[number] = UNPLACED;
        return number;
    }
}
