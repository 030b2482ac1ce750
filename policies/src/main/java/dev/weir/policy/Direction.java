// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import java.util.Locale;

/// Which way a packet goes, as the endpoint sees it. The ordinal is `enum weir_direction` of `abi.h`.
public enum Direction {
    /// Leaves the endpoint.
    EGRESS,
    /// Enters the endpoint.
    INGRESS;

    /// As written in policies: `egress` or `ingress`.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
