// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/// When to look again for what was looked for in vain: soon, then ever later, and then no more. No event tells that
/// a process has entered a namespace.
final class Waits {
    private static final long FIRST_NANOS = Duration.ofMillis(25).toNanos();

    /// After so many looks, half a minute in all, nobody is expected any more.
    static final int MAX_LOOKS = 11;

    private final Map<String, Wait> waits = new HashMap<>();

    private record Wait(int looks, long at) {}

    /// Whether it is time to look for something: it is new, or has rested.
    ///
    /// @param now by System.nanoTime
    boolean isDue(String what, long now) {
        Wait wait = waits.get(what);
        return wait == null || (wait.looks() < MAX_LOOKS && now - wait.at() >= 0);
    }

    /// Takes note that it was not there.
    void missed(String what, long now) {
        Wait before = waits.getOrDefault(what, new Wait(0, now));
        waits.put(what, new Wait(before.looks() + 1, now + (FIRST_NANOS << before.looks())));
    }

    /// Whether it was looked for in vain for as long as it will be.
    boolean isOver(String what) {
        Wait wait = waits.get(what);
        return wait != null && wait.looks() >= MAX_LOOKS;
    }

    /// Forgets all others.
    void retain(Set<String> sought) {
        waits.keySet().retainAll(sought);
    }

    /// Nanoseconds until the next look is due; empty where none is.
    OptionalLong next(long now) {
        return waits.values().stream()
                .filter(wait -> wait.looks() < MAX_LOOKS)
                .mapToLong(wait -> Math.max(0, wait.at() - now))
                .min();
    }
}
