// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

/// How a meter behaves.
public enum MeterKind {
    COUNTER("counter", "_total"),
    GAUGE("gauge", ""),
    /// How often something was done, and how long that took together.
    SUMMARY("summary", ""),
    /// As a summary, and how often it took how long.
    HISTOGRAM("histogram", ""),
    INFO("info", "_info");

    /// What OpenMetrics calls it.
    final String word;

    /// What OpenMetrics takes off the name of a sample to get the name of its family.
    final String suffix;

    MeterKind(String word, String suffix) {
        this.word = word;
        this.suffix = suffix;
    }
}
