// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/// What a policy may select: one device and what lies behind it.
///
/// @param namespace that the device leads to; empty for a bridge or an uplink, behind which a whole segment lies
/// @param labels of that namespace
/// @param device its name; empty: it does not matter, or is not known
public record Target(Optional<String> namespace, Map<String, String> labels, String device) {
    /// How the name of an endpoint without a namespace begins. No device has a colon in its name (`dev_valid_name` of
    /// net/core/dev.c), so what follows is the device.
    public static final String DEVICE_PREFIX = "device:";

    public Target {
        labels = Map.copyOf(labels);
    }

    /// A namespace without labels.
    public static Target of(String namespace, String device) {
        return new Target(Optional.of(namespace), Map.of(), device);
    }

    /// A device that leads to no namespace.
    public static Target ofDevice(String device) {
        return new Target(Optional.empty(), Map.of(), device);
    }

    /// What users see it called: its namespace's name, or `device:NAME`.
    public String name() {
        return namespace.orElse(DEVICE_PREFIX + device);
    }

    /// Whether its packets are judged at all. Those of a namespace always are; another device is left alone as long as
    /// no policy selects it.
    ///
    /// @param selecting the policies that select it
    public boolean isJudgedBy(Collection<Policy> selecting) {
        return namespace.isPresent() || !selecting.isEmpty();
    }
}
