// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.util.Locale;

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

    /// As written in policies and labels: `deny` or `allow`.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Verdict of(int number) {
        return Layouts.constant(VALUES, number);
    }
}
