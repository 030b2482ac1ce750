// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.util.Locale;

/// Where a packet goes, as the endpoint sees it; C side `enum weir_direction`. Numbers are the kernel's, from
/// 0 without a gap.
public enum Direction {
    /// Leaves the endpoint: the ingress hook of its host-side device.
    EGRESS(0),
    /// Enters the endpoint: the egress hook of its host-side device.
    INGRESS(1);

    private static final Direction[] VALUES = values();

    private final int number;
    private final String word = name().toLowerCase(Locale.ROOT);

    Direction(int number) {
        this.number = number;
    }

    /// The constant's number in maps and images.
    public int number() {
        return number;
    }

    /// As written in policies and labels: `egress` or `ingress`.
    @Override
    public String toString() {
        return word;
    }

    static Direction of(int number) {
        return Layouts.constant(VALUES, number);
    }
}
