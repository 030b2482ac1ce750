// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

/// Who the outside of a flow is, as a rule names it.
public sealed interface Peer permits Peer.Any, Cidr, Peer.InSet, Peer.Holding {
    /// Everybody, whatever the address.
    record Any() implements Peer {
        @Override
        public String toString() {
            return "any";
        }
    }

    /// Any prefix of a set of the policy.
    record InSet(AddressSet set) implements Peer {
        @Override
        public String toString() {
            return "set:" + set.name();
        }
    }

    /// Names not the address but who holds it.
    sealed interface Holding extends Peer {
        /// Whether this holder of the address is meant.
        boolean names(Holder holder);

        /// Whether every holder that the other means is surely meant by this too; `false` decides nothing.
        default boolean covers(Holding other) {
            return equals(other);
        }
    }

    /// The vantage's own addresses.
    record Host() implements Holding {
        @Override
        public boolean names(Holder holder) {
            return holder instanceof Holder.Host;
        }

        @Override
        public String toString() {
            return "host";
        }
    }

    /// The addresses held by the namespaces whose names match.
    record NamespaceSelector(Glob names) implements Holding {
        @Override
        public boolean names(Holder holder) {
            return holder instanceof Holder.Namespace namespace && names.matches(namespace.name());
        }

        @Override
        public boolean covers(Holding other) {
            return switch (other) {
                case NamespaceSelector selector -> names.covers(selector.names);
                case LabelSelector _ -> names.isEverything();
                case Host _ -> false;
            };
        }

        @Override
        public String toString() {
            return "namespace:" + names;
        }
    }

    /// The addresses held by the namespaces that have the label.
    record LabelSelector(String key, String value) implements Holding {
        @Override
        public boolean names(Holder holder) {
            return holder instanceof Holder.Namespace namespace
                    && value.equals(namespace.labels().get(key));
        }

        @Override
        public String toString() {
            return "label:" + key + "=" + value;
        }
    }
}
