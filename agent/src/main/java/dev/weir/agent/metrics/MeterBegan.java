// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

/// Whether a series tells when it began.
public enum MeterBegan {
    /// When the first of the namespace's devices was enforced.
    NAMESPACE,
    /// When the agent started, or the namespace appeared to it.
    AGENT,
    /// It is not known, or no counter, or one of so many of a namespace that telling the same time on each of them
    /// would cost more than it is worth.
    UNTOLD
}
