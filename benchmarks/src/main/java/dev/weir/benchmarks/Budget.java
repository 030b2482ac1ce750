// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

/// What a figure may be at most.
///
/// @param unit as in the table beside it; empty for a ratio
record Budget(double most, String unit) {
    /// The budget, and whether the figure keeps it.
    String judge(double figure) {
        String bound = most == Math.rint(most) ? Long.toString((long) most) : Double.toString(most);
        return "≤ " + bound + (unit.isEmpty() ? "" : " " + unit) + ": " + (figure <= most ? "met" : "**missed**");
    }
}
