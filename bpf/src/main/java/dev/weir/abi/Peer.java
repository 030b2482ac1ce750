// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U64;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Value of `weir_peers`: bytes that passed between a namespace and a peer, as on the wire; C side `struct weir_peer`.
public record Peer(long egressBytes, long ingressBytes) {
    private static final StructLayout LAYOUT = Layouts.struct("weir_peer", Layouts.array(2, U64, "bytes"));

    private static final int BYTES = Layouts.offset(LAYOUT, "bytes");

    public static final Codec<Peer> CODEC = new StructCodec<>(LAYOUT, Peer::write, Peer::read);

    private void write(MemorySegment target) {
        target.set(U64, BYTES, egressBytes);
        target.set(U64, BYTES + Long.BYTES, ingressBytes);
    }

    private static Peer read(MemorySegment source) {
        return new Peer(source.get(U64, BYTES), source.get(U64, BYTES + Long.BYTES));
    }
}
