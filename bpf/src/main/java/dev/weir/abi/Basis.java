// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

/// What an [Answer] stands on; C side `enum weir_basis`. Numbers are the kernel's, from 0 without a gap.
public enum Basis {
    /// Judged anew.
    RULES(0),
    /// The verdict that a live flow was given in this epoch.
    CACHED(1),
    /// The verdict of a live flow from before the policies changed, which its policy lets finish.
    KEPT(2);

    private static final Basis[] VALUES = values();

    private final int number;

    Basis(int number) {
        this.number = number;
    }

    /// The constant's number in maps and images.
    public int number() {
        return number;
    }

    static Basis of(int number) {
        return Layouts.constant(VALUES, number);
    }
}
