// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.util.Locale;

/// What becomes of a packet that a rule or a default decided; C side `enum weir_verdict`. Numbers are the
/// kernel's, from 0 without a gap.
public enum Verdict {
    DENY(0),
    ALLOW(1),
    /// Dropped, and its sender may be told.
    REJECT(2),
    /// Passes, but would not if the policies in audit mode were enforced.
    AUDIT(3);

    private static final Verdict[] VALUES = values();

    private final int number;
    private final String word = name().toLowerCase(Locale.ROOT);

    Verdict(int number) {
        this.number = number;
    }

    /// The constant's number in maps and images.
    public int number() {
        return number;
    }

    /// Whether the packet goes on.
    public boolean passes() {
        return this == ALLOW || this == AUDIT;
    }

    /// As written in policies and labels: `deny`, `allow`, `reject`, `audit`.
    @Override
    public String toString() {
        return word;
    }

    static Verdict of(int number) {
        return Layouts.constant(VALUES, number);
    }
}
