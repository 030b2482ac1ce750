// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Where a sum stands in an element of an array of an older layout, and in one of this; C side
/// `struct weir_sum_place`.
///
/// @param older offset in bytes
/// @param bytes that it takes there: 4 or 8
/// @param newer offset in bytes, a multiple of 8
public record SumPlace(int older, int bytes, int newer) {
    static final StructLayout LAYOUT =
            Layouts.struct("weir_sum_place", U32.withName("older"), U32.withName("bytes"), U32.withName("newer"));

    private static final int OLDER = Layouts.offset(LAYOUT, "older");
    private static final int BYTES = Layouts.offset(LAYOUT, "bytes");
    private static final int NEWER = Layouts.offset(LAYOUT, "newer");

    public static final Codec<SumPlace> CODEC = new StructCodec<>(LAYOUT, SumPlace::write, SumPlace::read);

    public SumPlace {
        if (bytes != Integer.BYTES && bytes != Long.BYTES) {
            throw new IllegalArgumentException("a sum has 4 or 8 bytes, not " + bytes);
        }
    }

    private void write(MemorySegment target) {
        target.set(U32, OLDER, older);
        target.set(U32, BYTES, bytes);
        target.set(U32, NEWER, newer);
    }

    private static SumPlace read(MemorySegment source) {
        return new SumPlace(source.get(U32, OLDER), source.get(U32, BYTES), source.get(U32, NEWER));
    }
}
