// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.ImageLayout;
import dev.weir.policy.Service;
import java.util.Arrays;
import java.util.List;

/// A service list: which rule is the first that matches, for every protocol and port. Holds ascending keys, the
/// first of them 0, and for each the rule number that holds from there to the next key, or
/// [ImageLayout#NO_RULE]. Neighbours differ, so equal lists have equal steps.
final class Staircase {
    /// No service matches any rule.
    static final Staircase NOTHING = new Staircase(new int[] {0}, new int[] {ImageLayout.NO_RULE});

    private static final int LAST_KEY = key(Service.MAX_PROTOCOL, Service.MAX_PORT);

    /// After the last key.
    static final int END = LAST_KEY + 1;

    private final int[] keys;
    private final int[] rules;

    private Staircase(int[] keys, int[] rules) {
        this.keys = keys;
        this.rules = rules;
    }

    /// Where a service stands among all: by protocol, then by port.
    static int key(int protocol, int port) {
        return (protocol << 16) | port;
    }

    /// The list of a single rule: `rule` wherever one of the services matches.
    static Staircase of(List<Service> services, int rule) {
        long[] ranges = services.stream().mapToLong(Staircase::range).sorted().toArray();
        Builder steps = new Builder(2 * ranges.length + 1);
        int next = 0; // the first key that no range so far holds
        for (long range : ranges) {
            int first = (int) (range >>> 32);
            int last = (int) range;
            if (first > next) {
                steps.add(next, ImageLayout.NO_RULE);
            }
            if (last >= next) {
                steps.add(Math.max(first, next), rule);
                next = last + 1;
            }
        }
        if (next <= LAST_KEY) {
            steps.add(next, ImageLayout.NO_RULE);
        }
        return steps.build();
    }

    /// Where both lists name a rule, the lower number wins; [ImageLayout#NO_RULE] is the highest of all.
    static Staircase min(Staircase a, Staircase b) {
        Builder steps = new Builder(a.size() + b.size());
        int i = 0;
        int j = 0;
        while (true) {
            boolean later = Integer.compareUnsigned(a.rules[i], b.rules[j]) > 0;
            steps.add(Math.max(a.keys[i], b.keys[j]), later ? b.rules[j] : a.rules[i]);
            int nextA = i + 1 < a.size() ? a.keys[i + 1] : Integer.MAX_VALUE;
            int nextB = j + 1 < b.size() ? b.keys[j + 1] : Integer.MAX_VALUE;
            if (nextA == Integer.MAX_VALUE && nextB == Integer.MAX_VALUE) {
                return steps.build();
            }
            i += nextA <= nextB ? 1 : 0;
            j += nextB <= nextA ? 1 : 0;
        }
    }

    int size() {
        return keys.length;
    }

    /// Whether a rule wins anywhere.
    boolean names(int rule) {
        return Arrays.stream(rules).anyMatch(each -> each == rule);
    }

    /// The step that holds for a key.
    int stepAt(int key) {
        int found = Arrays.binarySearch(keys, key);
        return found >= 0 ? found : -found - 2;
    }

    /// The last key for which a step holds.
    int lastKey(int step) {
        return step + 1 < keys.length ? keys[step + 1] - 1 : LAST_KEY;
    }

    int key(int step) {
        return keys[step];
    }

    int rule(int step) {
        return rules[step];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Staircase list && Arrays.equals(keys, list.keys) && Arrays.equals(rules, list.rules);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(keys) + Arrays.hashCode(rules);
    }

    /// First key in the high half, last key in the low one.
    private static long range(Service service) {
        boolean any = service.protocol() == Service.ANY_PROTOCOL;
        int first = any ? 0 : key(service.protocol(), service.first());
        int last = any ? LAST_KEY : key(service.protocol(), service.last());
        return ((long) first << 32) | last;
    }

    /// Takes steps in ascending order and joins equal neighbours.
    private static final class Builder {
        private final int[] keys;
        private final int[] rules;
        private int size;

        Builder(int capacity) {
            keys = new int[capacity];
            rules = new int[capacity];
        }

        void add(int key, int rule) {
            if (size == 0 || rules[size - 1] != rule) {
                keys[size] = key;
                rules[size++] = rule;
            }
        }

        Staircase build() {
            return new Staircase(Arrays.copyOf(keys, size), Arrays.copyOf(rules, size));
        }
    }
}
