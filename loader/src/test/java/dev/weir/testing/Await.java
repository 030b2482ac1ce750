// SPDX-License-Identifier: Apache-2.0
package dev.weir.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// Waits for what the kernel does in its own time.
public final class Await {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private Await() {}

    /// Returns once `actual` equals `expected`, and fails if it does not within ten seconds.
    public static <T> void equal(T expected, Supplier<T> actual) {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!Objects.equals(expected, actual.get()) && System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
        assertEquals(expected, actual.get());
    }
}
