// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.lang.foreign.MemorySegment;

/// Takes entries of a map many at once, as the kernel wrote them: for who cannot afford two records an entry.
/// What is shown to it is gone when [#read] returns.
public interface BatchReader {
    /// How long a key is.
    int keyBytes();

    /// How long a value is.
    int valueBytes();

    /// Takes `count` entries.
    ///
    /// @param keys one behind the other, without a gap
    /// @param values as the keys
    void read(MemorySegment keys, MemorySegment values, int count);
}
