// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

/// The bound that a figure should keep.
///
/// @param sign `≤` or `≥`
/// @param unit as in the table beside it; empty for a ratio
record Budget(String sign, double bound, String unit) {
    private static final String MOST = "≤";

    /// What a figure may be at most.
    static Budget most(double bound, String unit) {
        return new Budget(MOST, bound, unit);
    }

    /// What a ratio should be at least.
    static Budget least(double bound) {
        return new Budget("≥", bound, "");
    }

    /// The budget, and whether the figure keeps it.
    String judge(double figure) {
        boolean met = sign.equals(MOST) ? figure <= bound : figure >= bound;
        String shown = bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
        return sign + " " + shown + (unit.isEmpty() ? "" : " " + unit) + ": " + (met ? "met" : "**missed**");
    }
}
