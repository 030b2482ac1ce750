// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.io.IOException;
import java.util.List;

/// Measures several things in turn, over and over, the order changing from round to round.
///
/// @param warmUp rounds that are not counted
/// @param count of those that are
record Rounds(int warmUp, int count) {
    /// Measures a thing for a moment.
    @FunctionalInterface
    interface Slice<T> {
        /// What was measured.
        ///
        /// @param round from 0, with those that are not counted
        double measure(T thing, int round) throws IOException;
    }

    /// What was measured: of each thing, each counted round.
    <T> double[][] measure(List<T> things, Slice<T> slice) throws IOException {
        double[][] seen = new double[things.size()][count];
        for (int round = -warmUp; round < count; round++) {
            for (int i = 0; i < things.size(); i++) {
                int thing = Math.floorMod(round + i, things.size());
                double measured = slice.measure(things.get(thing), round + warmUp);
                if (round >= 0) {
                    seen[thing][round] = measured;
                }
            }
        }
        return seen;
    }
}
