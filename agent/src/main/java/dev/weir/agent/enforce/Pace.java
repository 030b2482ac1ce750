// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import java.time.Duration;

/// How soon the world may be looked at again. A tenant can change its addresses without end, so in the long run looking
/// takes half of the time at most; a few looks in a row are free, because a namespace that is made is several
/// events, and its device is to be enforced at once. Of one thread.
final class Pace {
    /// What may be spent at a stretch, after as long a rest.
    static final long FREE_NANOS = Duration.ofMillis(250).toNanos();

    static final long LONGEST_REST_NANOS = Duration.ofMillis(500).toNanos();

    private long spent; // and not yet rested for
    private long ended;

    /// @param now by System.nanoTime, as in [#took]
    Pace(long now) {
        this.ended = now;
    }

    /// Takes note of a look.
    ///
    /// @return when the next one may begin
    long took(long from, long until) {
        long rested = Math.max(0, spent - (from - ended));
        spent = Math.min(rested + (until - from), FREE_NANOS + LONGEST_REST_NANOS);
        ended = until;
        return until + Math.max(0, spent - FREE_NANOS);
    }
}
