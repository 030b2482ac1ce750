// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.ImageLayout;
import java.nio.ByteBuffer;

/// Where to begin a search among steps by address: what lies between the second step and the last is divided into
/// slots of equal size, as `struct weir_where` in `bpf/include/weir/abi_image.h` says.
///
/// @param high the address where the first slot begins, with `low`
/// @param shift a slot has 2^shift addresses
/// @param last number of the last slot
record TopIndex(long high, long low, int shift, int last) {
    private static final int MAX_BITS = 16;

    /// About as many slots as there are steps.
    static TopIndex over(AddressSteps steps) {
        int end = steps.count() - 1;
        int begin = Math.min(1, end);
        long high = steps.high(begin);
        long low = steps.low(begin);
        long spanLow = steps.low(end) - low;
        long spanHigh = steps.high(end) - high - (Long.compareUnsigned(steps.low(end), low) < 0 ? 1 : 0);
        int spanBits = spanHigh == 0 ? bits(spanLow) : Long.SIZE + bits(spanHigh);
        int shift = Math.max(0, spanBits - Math.min(bits(end), MAX_BITS));
        return new TopIndex(high, low, shift, (int) shifted(spanHigh, spanLow, shift));
    }

    static TopIndex read(ByteBuffer image, int where) {
        return new TopIndex(
                image.getLong(where + ImageLayout.WHERE_HIGH),
                image.getLong(where + ImageLayout.WHERE_LOW),
                image.getInt(where + ImageLayout.WHERE_SHIFT),
                image.getInt(where + ImageLayout.WHERE_LAST));
    }

    void write(ByteBuffer image, int where) {
        image.putLong(where + ImageLayout.WHERE_HIGH, high);
        image.putLong(where + ImageLayout.WHERE_LOW, low);
        image.putInt(where + ImageLayout.WHERE_SHIFT, shift);
        image.putInt(where + ImageLayout.WHERE_LAST, last);
    }

    /// Bytes of the array of steps to begin with.
    int bytes() {
        return (last + 2) * Integer.BYTES;
    }

    /// Number of the slot that has an address.
    int slot(long addressHigh, long addressLow) {
        int byHigh = Long.compareUnsigned(addressHigh, high);
        boolean less = Long.compareUnsigned(addressLow, low) < 0;
        if (byHigh < 0 || (byHigh == 0 && less)) {
            return 0;
        }
        long aboveHigh = addressHigh - high - (less ? 1 : 0);
        if (shift < Long.SIZE && aboveHigh >>> shift != 0) {
            return last;
        }
        long slot = shifted(aboveHigh, addressLow - low, shift);
        return Long.compareUnsigned(slot, last) < 0 ? (int) slot : last;
    }

    /// The low half of a number of 128 bits, shifted to the right.
    private static long shifted(long high, long low, int shift) {
        if (shift >= Long.SIZE) {
            return high >>> (shift - Long.SIZE);
        }
        return low >>> shift | high << 1 << (Long.SIZE - 1 - shift);
    }

    private static int bits(long number) {
        return Long.SIZE - Long.numberOfLeadingZeros(number);
    }
}
