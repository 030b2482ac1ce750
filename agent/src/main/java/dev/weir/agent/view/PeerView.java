// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Set;

/// What a namespace has exchanged with one peer: bytes of packets that passed by a rule, as on the wire.
///
/// @param peer as [Kind] has it, or the name of a namespace
/// @param bytesEgress what left the namespace
/// @param bytesIngress what entered it
public record PeerView(String namespace, String peer, Kind kind, long bytesEgress, long bytesIngress) {
    private static final Set<String> WORDS = Set.copyOf(Words.all(Kind.class));

    /// Who a peer is.
    public enum Kind {
        /// Another namespace of the vantage, or the same one.
        NAMESPACE,
        /// The vantage itself.
        HOST,
        /// Whoever has an address that nobody here holds; a group or everybody, too.
        WORLD,
        /// Not known any more, because the peer has gone or its address has changed hands; or never
        /// known, because no flow was kept.
        OTHER;

        @JsonValue
        @Override
        public String toString() {
            return Words.of(this);
        }
    }

    /// With no namespace.
    public static PeerView of(String namespace, Kind kind, long bytesEgress, long bytesIngress) {
        return new PeerView(namespace, kind.toString(), kind, bytesEgress, bytesIngress);
    }

    /// The name of the peer among all kinds: of a namespace that is called as a kind is, as policies
    /// write it.
    public String label() {
        return kind == Kind.NAMESPACE && WORDS.contains(peer) ? "namespace:" + peer : peer;
    }

    /// The bytes of both directions.
    public long bytes() {
        return bytesEgress + bytesIngress;
    }
}
