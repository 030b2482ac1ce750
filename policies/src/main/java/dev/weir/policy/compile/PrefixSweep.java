// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.ImageLayout;
import dev.weir.abi.IpAddress;
import dev.weir.policy.Cidr;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Cuts the prefixes of one family into disjoint ranges of addresses, in one pass over their sorted
/// beginnings. Prefixes nest or are apart, so the ones that hold the current address are a stack, at most as
/// deep as an address has bits.
final class PrefixSweep {
    private static final IpAddress FIRST_V4 = IpAddress.ofV4(0);
    private static final IpAddress FIRST_V6 = new IpAddress(0, 0);
    private static final int MAX_NESTED = 129;
    private static final int INDEX_BITS = 26;
    private static final int MAX_INDEX = (1 << INDEX_BITS) - 1;

    /// Outer prefixes before those that they contain; a stable sort keeps the rules of one prefix in their order.
    private static final Comparator<Entry> OUTER_FIRST = (a, b) -> {
        int byAddress = a.prefix.network().compareTo(b.prefix.network());
        return byAddress != 0 ? byAddress : Integer.compare(a.prefix.length(), b.prefix.length());
    };

    /// A prefix that a rule names.
    record Entry(Cidr prefix, int rule) {
        boolean samePrefix(Entry other) {
            return prefix.length() == other.prefix.length() && prefix.network().compareTo(other.prefix.network()) == 0;
        }
    }

    private final ServiceLists lists;
    private final AddressSteps steps;
    private final IpAddress[] ends = new IpAddress[MAX_NESTED];
    private final int[] held = new int[MAX_NESTED];
    private int depth;

    private PrefixSweep(ServiceLists lists, AddressSteps steps) {
        this.lists = lists;
        this.steps = steps;
    }

    /// @param entries rules in ascending order
    static AddressSteps v4(List<Entry> entries, ServiceLists lists, Budget budget) throws Budget.ExceededException {
        AddressSteps steps = new AddressSteps(lists, budget, FIRST_V4.high(), FIRST_V4.low(), ImageLayout.STEP_BYTES);
        new PrefixSweep(lists, steps)
                .sweep(sortedV4(entries), Cidr.around(FIRST_V4, 0).last());
        return steps;
    }

    /// @param entries rules in ascending order
    static AddressSteps v6(List<Entry> entries, ServiceLists lists, Budget budget) throws Budget.ExceededException {
        AddressSteps steps = new AddressSteps(lists, budget, FIRST_V6.high(), FIRST_V6.low(), ImageLayout.STEP6_BYTES);
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(OUTER_FIRST);
        new PrefixSweep(lists, steps).sweep(sorted, Cidr.around(FIRST_V6, 0).last());
        return steps;
    }

    /// In [#OUTER_FIRST], by sorting one number for each prefix: its address, its length, and its place among
    /// `entries`. A quarter of the time that comparing the entries takes.
    private static List<Entry> sortedV4(List<Entry> entries) throws Budget.ExceededException {
        if (entries.size() > MAX_INDEX) {
            throw new Budget.ExceededException("the rules name more than " + MAX_INDEX + " prefixes");
        }
        long[] keys = new long[entries.size()];
        for (int i = 0; i < keys.length; i++) {
            Cidr prefix = entries.get(i).prefix();
            long address = (long) (prefix.network().v4() ^ Integer.MIN_VALUE) << 32; // so that the order is unsigned
            keys[i] = address | ((long) prefix.length() << INDEX_BITS) | i;
        }
        Arrays.sort(keys);
        List<Entry> sorted = new ArrayList<>(keys.length);
        for (long key : keys) {
            sorted.add(entries.get((int) key & MAX_INDEX));
        }
        return sorted;
    }

    private void sweep(List<Entry> sorted, IpAddress last) throws Budget.ExceededException {
        int i = 0;
        while (i < sorted.size()) {
            Entry entry = sorted.get(i);
            int end = i + 1;
            while (end < sorted.size() && sorted.get(end).samePrefix(entry)) {
                end++;
            }
            leaveBefore(entry.prefix().network());
            enter(entry.prefix(), lists.of(rules(sorted, i, end)));
            i = end;
        }
        leaveAll(last);
        steps.finish();
    }

    private void enter(Cidr prefix, int own) throws Budget.ExceededException {
        int list = lists.min(current(), own);
        ends[depth] = prefix.last();
        held[depth++] = list;
        steps.put(prefix.network().high(), prefix.network().low(), list);
    }

    private void leaveBefore(IpAddress next) throws Budget.ExceededException {
        while (depth > 0 && ends[depth - 1].compareTo(next) < 0) {
            leave();
        }
    }

    /// Prefixes that reach the last address of the family end where there is nothing to say any more.
    private void leaveAll(IpAddress last) throws Budget.ExceededException {
        while (depth > 0 && !ends[depth - 1].equals(last)) {
            leave();
        }
    }

    private void leave() throws Budget.ExceededException {
        IpAddress end = ends[--depth];
        long low = end.low() + 1;
        steps.put(low == 0 ? end.high() + 1 : end.high(), low, current());
    }

    private int current() {
        return depth == 0 ? ServiceLists.NONE : held[depth - 1];
    }

    private static int[] rules(List<Entry> sorted, int from, int to) {
        if (to - from == 1) {
            return new int[] {sorted.get(from).rule()};
        }
        return sorted.subList(from, to).stream()
                .mapToInt(Entry::rule)
                .distinct()
                .toArray();
    }
}
