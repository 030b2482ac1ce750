// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Turns one struct of `bpf/include/weir/abi.h` into its record and back. This is the only public type that mentions
/// native memory: whoever reads and writes maps passes segments through, everybody else sees records.
///
/// @param <T> the record, or the number that a plain integer is
public interface Codec<T> {
    /// Name and fields as the C side has them; its size is [#byteSize()].
    StructLayout layout();

    /// How many bytes the struct takes in a map, without the rounding that some maps add.
    default int byteSize() {
        return Math.toIntExact(layout().byteSize());
    }

    /// The struct's name in C, for messages.
    default String name() {
        return layout().name().orElseThrow();
    }

    /// Writes all [#byteSize()] bytes, padding as zero: hash keys compare every byte.
    ///
    /// @throws IndexOutOfBoundsException when `target` is shorter than the struct
    void encode(T value, MemorySegment target);

    /// Reads the first [#byteSize()] bytes.
    ///
    /// @throws IndexOutOfBoundsException when `source` is shorter than the struct
    /// @throws IllegalArgumentException when a field holds what the C side never writes: the map has
    ///   another layout
    T decode(MemorySegment source);

    /// As the other, of a struct that is made of `__u64` only.
    default T decode(long[] words) {
        return decode(MemorySegment.ofArray(words));
    }
}
