// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U64;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Packets, and their bytes as on the wire; C side `struct weir_count`.
public record Count(long packets, long bytes) {
    static final StructLayout LAYOUT = Layouts.struct("weir_count", U64.withName("packets"), U64.withName("bytes"));

    private static final int PACKETS = Layouts.offset(LAYOUT, "packets");
    private static final int BYTES = Layouts.offset(LAYOUT, "bytes");

    public static final Codec<Count> CODEC = new StructCodec<>(LAYOUT, Count::write, Count::read);

    private static final Count NONE = new Count(0, 0);

    /// The same object for nothing, as most counters are.
    static Count of(long packets, long bytes) {
        return packets == 0 && bytes == 0 ? NONE : new Count(packets, bytes);
    }

    private void write(MemorySegment target) {
        target.set(U64, PACKETS, packets);
        target.set(U64, BYTES, bytes);
    }

    private static Count read(MemorySegment source) {
        return new Count(source.get(U64, PACKETS), source.get(U64, BYTES));
    }
}
