// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.ImageLayout;
import dev.weir.abi.IpAddress;
import dev.weir.policy.Cidr;
import java.util.Arrays;
import java.util.BitSet;

/// The `where` search of one family: ascending addresses, and from each to the next the service list that
/// holds. Put in order; a later list for the same address replaces the earlier one, and equal neighbours are
/// joined.
final class AddressSteps {
    private final ServiceLists lists;
    private final Budget budget;
    private final int stepBytes;
    private long[] highs = new long[16];
    private long[] lows = new long[16];
    private int[] values = new int[16];
    private int size;
    private long pendingHigh;
    private long pendingLow;
    private int pending;

    /// Begins with [ServiceLists#NONE] from the first address on.
    ///
    /// @param stepBytes of one step in the image
    AddressSteps(ServiceLists lists, Budget budget, long firstHigh, long firstLow, int stepBytes) {
        this.lists = lists;
        this.budget = budget;
        this.stepBytes = stepBytes;
        this.pendingHigh = firstHigh;
        this.pendingLow = firstLow;
        this.pending = ServiceLists.NONE;
    }

    void put(long high, long low, int list) throws Budget.ExceededException {
        if (high != pendingHigh || low != pendingLow) {
            flush();
            pendingHigh = high;
            pendingLow = low;
        }
        pending = list;
    }

    /// To be called once, after the last step.
    void finish() throws Budget.ExceededException {
        flush();
    }

    /// Steps in the image: none if no address has a list.
    int count() {
        return size == 1 && values[0] == ServiceLists.NONE ? 0 : size;
    }

    long high(int step) {
        return highs[step];
    }

    long low(int step) {
        return lows[step];
    }

    int list(int step) {
        return values[step];
    }

    /// Adds the lists that hold for addresses of a prefix of this family.
    void listsWithin(Cidr prefix, BitSet into) {
        IpAddress last = prefix.last();
        int low = 0;
        int high = size;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (at(middle).compareTo(prefix.network()) <= 0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        for (int i = low; i < size && at(i).compareTo(last) <= 0; i++) {
            into.set(values[i]);
        }
    }

    private IpAddress at(int step) {
        return new IpAddress(highs[step], lows[step]);
    }

    private void flush() throws Budget.ExceededException {
        if (size > 0 && values[size - 1] == pending) {
            return;
        }
        if (size == ImageLayout.MAX_STEPS) {
            throw new Budget.ExceededException(
                    "the prefixes fall into more than " + ImageLayout.MAX_STEPS + " ranges of addresses");
        }
        if (size == values.length) {
            highs = Arrays.copyOf(highs, 2 * size);
            lows = Arrays.copyOf(lows, 2 * size);
            values = Arrays.copyOf(values, 2 * size);
        }
        budget.image(size == 0 ? 0 : stepBytes); // the first may turn out to be the only one, and empty
        lists.use(pending);
        highs[size] = pendingHigh;
        lows[size] = pendingLow;
        values[size++] = pending;
    }
}
