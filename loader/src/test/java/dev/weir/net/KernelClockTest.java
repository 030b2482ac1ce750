// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelClockTest {
    /// CONFIG_HZ is one of four (`kernel/Kconfig.hz`).
    @Test
    void jiffyLastsAsLongAsSomeKernelsDo() {
        assertTrue(Set.of(10_000_000L, 4_000_000L, 3_333_333L, 1_000_000L).contains(KernelClock.jiffyNanos()));
    }

    @Test
    void clockIsThatOfProcUptime() throws IOException {
        long before = KernelClock.monotonicNanos();
        double uptime =
                Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ", 2)[0]);
        long after = KernelClock.monotonicNanos();
        assertTrue(before / 1e9 - 1 < uptime && uptime < after / 1e9 + 1, before + " " + uptime + " " + after);
        assertTrue(before < after);
    }
}
