// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import java.util.Map;

/// Who holds an address.
public sealed interface Holder {
    /// The vantage itself: the network namespace that the devices are in.
    record Host() implements Holder {
        @Override
        public String toString() {
            return "host";
        }
    }

    /// A namespace.
    record Namespace(String name, Map<String, String> labels) implements Holder {
        public Namespace {
            labels = Map.copyOf(labels);
        }

        /// A namespace without labels.
        public static Namespace of(String name) {
            return new Namespace(name, Map.of());
        }

        @Override
        public String toString() {
            return "namespace " + name;
        }
    }
}
