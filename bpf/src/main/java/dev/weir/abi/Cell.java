// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U64;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Value of `weir_cells`, a per-CPU array: packets that one rule decided for one endpoint, by direction of the packet;
/// C side `struct weir_cell`.
public record Cell(long egressPackets, long ingressPackets, long egressBytes, long ingressBytes) {
    private static final StructLayout LAYOUT =
            Layouts.struct("weir_cell", Layouts.array(2, U64, "packets"), Layouts.array(2, U64, "bytes"));

    private static final int PACKETS = Layouts.offset(LAYOUT, "packets");
    private static final int BYTES = Layouts.offset(LAYOUT, "bytes");

    private static final Cell NONE = new Cell(0, 0, 0, 0);

    public static final Codec<Cell> CODEC = new WordsCodec<>(LAYOUT, Cell::write, Cell::read);

    public Count count(Direction direction) {
        return direction == Direction.EGRESS
                ? new Count(egressPackets, egressBytes)
                : new Count(ingressPackets, ingressBytes);
    }

    private void write(MemorySegment target) {
        target.set(U64, PACKETS, egressPackets);
        target.set(U64, PACKETS + Long.BYTES, ingressPackets);
        target.set(U64, BYTES, egressBytes);
        target.set(U64, BYTES + Long.BYTES, ingressBytes);
    }

    private static Cell read(long[] words) {
        int packets = PACKETS / Long.BYTES;
        int bytes = BYTES / Long.BYTES;
        return (words[packets] | words[packets + 1] | words[bytes] | words[bytes + 1]) == 0
                ? NONE // as most are
                : new Cell(words[packets], words[packets + 1], words[bytes], words[bytes + 1]);
    }
}
