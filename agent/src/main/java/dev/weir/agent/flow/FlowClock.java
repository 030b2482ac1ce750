// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.Flow;
import dev.weir.net.KernelClock;
import java.time.Instant;

/// Turns the kernel's times of a flow into the wall clock's, as of one moment.
///
/// Jiffies began 300 s before they wrap around as 32 bits (`INITIAL_JIFFIES` in `include/linux/jiffies.h`) when the
/// monotonic clock began at 0, and tick along with it.
public record FlowClock(Instant now, long monotonicNanos, long jiffyNanos) {
    private static final long INITIAL_SECONDS = -300;
    private static final long NANOS = 1_000_000_000L;

    /// The clocks now.
    public static FlowClock read() {
        return new FlowClock(Instant.now(), KernelClock.monotonicNanos(), KernelClock.jiffyNanos());
    }

    /// What the wall clock would have shown.
    ///
    /// @param then CLOCK_MONOTONIC in nanoseconds
    public Instant at(long then) {
        return now.minusNanos(monotonicNanos - then);
    }

    /// When the flow was opened.
    public Instant opened(Flow flow) {
        return now.minusNanos(ageNanos(flow));
    }

    /// Since the flow was opened, never negative.
    public long ageNanos(Flow flow) {
        return ageNanos(flow.openedNanos());
    }

    /// The same of one that was opened then, by the kernel's clock.
    long ageNanos(long openedNanos) {
        return Math.max(0, monotonicNanos - openedNanos);
    }

    /// To about four jiffies; never before the flow was opened, never in the future.
    public Instant lastSeen(Flow flow) {
        return now.minusNanos(idleNanos(flow));
    }

    /// Since its last packet, to about four jiffies; never longer than since it was opened.
    public long idleNanos(Flow flow) {
        return idleNanos(flow.seen(), flow.openedNanos());
    }

    /// The same of one that was seen and opened then, by the kernel's clocks.
    long idleNanos(int seen, long openedNanos) {
        int jiffiesNow = (int) ((monotonicNanos + INITIAL_SECONDS * NANOS) / jiffyNanos);
        long idleNanos = Math.max(0, jiffiesNow - seen) * jiffyNanos;
        return Math.min(idleNanos, ageNanos(openedNanos));
    }
}
