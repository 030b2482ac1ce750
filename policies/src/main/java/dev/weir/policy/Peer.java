// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

/// Who the outside of a flow is, as a rule names it.
public sealed interface Peer permits Peer.Any, Cidr, Peer.NamespaceSelector {
    /// Everybody, whatever the address.
    record Any() implements Peer {
        @Override
        public String toString() {
            return "any";
        }
    }

    /// The addresses held by the namespaces whose names match.
    record NamespaceSelector(Glob names) implements Peer {
        @Override
        public String toString() {
            return "namespace:" + names;
        }
    }
}
