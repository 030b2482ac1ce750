// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

/// When something is to be done, if at all. Of one thread.
final class Deadline {
    private static final long NEVER = Long.MAX_VALUE;

    private long at = NEVER; // System.nanoTime

    /// Sets it, whatever it was before.
    ///
    /// @param nanos from now
    void in(long nanos) {
        at = System.nanoTime() + nanos;
    }

    /// Sets it, unless it is sooner.
    ///
    /// @param nanos from now
    void notAfter(long nanos) {
        at = Math.min(at, System.nanoTime() + nanos);
    }

    /// Unsets it.
    void clear() {
        at = NEVER;
    }

    /// Whether it is over; it is then unset.
    ///
    /// @param now by System.nanoTime
    boolean take(long now) {
        if (now < at) {
            return false;
        }
        at = NEVER;
        return true;
    }

    /// By System.nanoTime; the end of time where it is not set.
    long at() {
        return at;
    }
}
