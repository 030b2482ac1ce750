// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import java.util.Locale;

/// Whether what a policy says is done, or only told.
public enum Mode {
    ENFORCE,
    /// Packets are judged as if the policy were absent; what it would deny at its place in the order is counted as
    /// `audit`.
    AUDIT;

    private final String word = name().toLowerCase(Locale.ROOT);

    @Override
    public String toString() {
        return word;
    }
}
