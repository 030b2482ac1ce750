// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Key of `weir_peers`; C side `struct weir_peer_key`.
///
/// @param namespaceNumber whose bytes these are
/// @param peer the number of who it talks to, or [Limits#WORLD]
public record PeerKey(int namespaceNumber, int peer) {
    private static final StructLayout LAYOUT =
            Layouts.struct("weir_peer_key", U32.withName("namespace_number"), U32.withName("peer"));

    private static final int NAMESPACE = Layouts.offset(LAYOUT, "namespace_number");
    private static final int PEER = Layouts.offset(LAYOUT, "peer");

    public static final Codec<PeerKey> CODEC = new StructCodec<>(LAYOUT, PeerKey::write, PeerKey::read);

    private void write(MemorySegment target) {
        target.set(U32, NAMESPACE, namespaceNumber);
        target.set(U32, PEER, peer);
    }

    private static PeerKey read(MemorySegment source) {
        return new PeerKey(source.get(U32, NAMESPACE), source.get(U32, PEER));
    }
}
