// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import java.util.Map;
import java.util.Optional;

/// What a policy may select: one device and what lies behind it.
///
/// @param namespace that the device leads to; empty for a bridge, behind which a whole segment lies
/// @param labels of that namespace
/// @param device its name
public record Target(Optional<String> namespace, Map<String, String> labels, String device) {
    public Target {
        labels = Map.copyOf(labels);
    }

    /// A namespace without labels.
    public static Target of(String namespace, String device) {
        return new Target(Optional.of(namespace), Map.of(), device);
    }
}
