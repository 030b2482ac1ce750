// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.fail;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Waits for what the agent or the kernel does in its own time: asks again every millisecond, for ten
/// seconds at most unless told otherwise.
public final class Await {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private Await() {}

    /// Returns once `holds`, and fails if it does not in time.
    public static void until(String what, BooleanSupplier holds) {
        until(what, () -> "", holds);
    }

    /// As the other, and says when it fails how things stand.
    public static void until(String what, Supplier<?> state, BooleanSupplier holds) {
        within(LIMIT, what, state, holds);
    }

    /// As the other, for what rightly takes longer.
    public static void within(Duration limit, String what, Supplier<?> state, BooleanSupplier holds) {
        long start = System.nanoTime();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - start > limit.toNanos()) {
                fail("this did not come true within %d seconds: %s %s".formatted(limit.toSeconds(), what, state.get()));
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
