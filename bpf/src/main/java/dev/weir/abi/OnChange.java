// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.util.Locale;

/// What becomes of a live flow that a policy allowed when policies change; C side `enum weir_on_change`.
/// Numbers are the kernel's, from 0 without a gap.
public enum OnChange {
    /// It is judged anew on its next packet.
    REEVALUATE(0),
    /// It goes on as long as it lives.
    KEEP(1),
    /// As [#REEVALUATE]; both sides of a cut TCP flow may be told.
    RESET(2);

    private static final OnChange[] VALUES = values();

    private final int number;
    private final String word = name().toLowerCase(Locale.ROOT);

    OnChange(int number) {
        this.number = number;
    }

    /// The constant's number in maps and images.
    public int number() {
        return number;
    }

    /// As written in policies: `reevaluate`, `keep`, `reset`.
    @Override
    public String toString() {
        return word;
    }

    static OnChange of(int number) {
        return Layouts.constant(VALUES, number);
    }
}
