// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.util.Arrays;
import java.util.Locale;

/// The middle of many measurements and how far half of them lie around it.
record Quartiles(double low, double median, double high) {
    /// @throws IllegalArgumentException if there are no values
    static Quartiles of(double... values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("no values");
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Quartiles(at(sorted, 0.25), at(sorted, 0.5), at(sorted, 0.75));
    }

    /// Each value of `above` by the one of `below` measured beside it.
    static Quartiles ofRatios(double[] above, double[] below) {
        double[] ratios = new double[above.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = above[i] / below[i];
        }
        return of(ratios);
    }

    /// The median, and in brackets the quartiles.
    ///
    /// @param digits behind the point
    String text(int digits) {
        String number = "%." + digits + "f";
        return String.format(Locale.ROOT, number + " (" + number + "–" + number + ")", median, low, high);
    }

    @Override
    public String toString() {
        return text(median < 10 ? 2 : median < 100 ? 1 : 0);
    }

    /// Between the two values nearest to the rank, in proportion.
    private static double at(double[] sorted, double quantile) {
        double rank = quantile * (sorted.length - 1);
        int below = (int) rank;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
    }
}
