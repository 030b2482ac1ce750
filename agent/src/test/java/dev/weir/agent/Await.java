// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Waits for what the agent or the kernel does in its own time: asks again every millisecond, for ten seconds at
/// most.
final class Await {
    private static final long LIMIT_NANOS = 10_000_000_000L;

    private Await() {}

    /// Returns once `holds`, and fails if it does not in time.
    static void until(String what, BooleanSupplier holds) {
        until(what, () -> "", holds);
    }

    /// As the other, and says when it fails how things stand.
    static void until(String what, Supplier<?> state, BooleanSupplier holds) {
        long start = System.nanoTime();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - start > LIMIT_NANOS) {
                fail("this did not come true within ten seconds: " + what + " " + state.get());
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
