// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

/// How long to measure: a moment, to see that all works and nothing is far off, or long enough to quote.
enum Effort {
    QUICK,
    FULL;

    /// One of two numbers of rounds.
    int rounds(int quick, int full) {
        return this == QUICK ? quick : full;
    }
}
