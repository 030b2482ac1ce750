// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Waits as the agent does: ask, and ask again after each change that is heard.
final class MonitorWait {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private MonitorWait() {}

    static void until(NetlinkMonitor monitor, BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            assertNotEquals(NetlinkMonitor.Outcome.TIMEOUT, monitor.await(PATIENCE), "nothing changed in 10 s");
        }
    }
}
