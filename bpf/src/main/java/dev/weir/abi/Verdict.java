// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

/// What a rule or a default says; C side `enum weir_verdict`. Numbers are the kernel's, from 0 without a gap.
public enum Verdict {
    DENY(0),
    ALLOW(1);

    private static final Verdict[] VALUES = values();

    private final int number;

    Verdict(int number) {
        this.number = number;
    }

    /// The constant's number in maps and images.
    public int number() {
        return number;
    }

    static Verdict of(int number) {
        return Layouts.constant(VALUES, number);
    }
}
