// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// When the kernel is made to hurry, and that it always ends.
class GracePeriodsTest {
    @TempDir
    Path home;

    private Path setting;
    private Path memory;
    private GracePeriods periods;
    private final List<String> seen = new ArrayList<>();

    @BeforeEach
    void prepare() throws IOException {
        setting = Files.writeString(home.resolve("rcu_expedited"), "0\n");
        memory = home.resolve("weir/rcu_expedited");
        periods = new GracePeriods(setting, memory);
    }

    private String now() throws IOException {
        return Files.readString(setting).strip();
    }

    private void attach(int devices) throws IOException {
        periods.during(devices, () -> seen.add(now()));
    }

    @Test
    void devicesAreAttachedInAHurry() throws IOException {
        attach(1);
        assertEquals(List.of("1"), seen);
        assertEquals("0", now());
        assertFalse(Files.exists(memory));
    }

    @Test
    void whatAttachesNoneIsNot() throws IOException {
        attach(0);
        assertEquals(List.of("0"), seen);
    }

    @Test
    void hurryOfOthersIsLeftAlone() throws IOException {
        Files.writeString(setting, "1");
        attach(1);
        assertEquals("1", now());
        assertFalse(Files.exists(memory));
    }

    @Test
    void failureEndsIt() throws IOException {
        assertThrows(
                IllegalStateException.class,
                () -> periods.during(1, () -> {
                    throw new IllegalStateException("a device is gone");
                }));
        assertEquals("0", now());
    }

    @Test
    void whatCannotBeSetIsDoneWithout() throws IOException {
        Files.delete(setting);
        periods.during(1, () -> seen.add("done"));
        assertEquals(List.of("done"), seen);
    }

    private void hurriedBy(long pid) throws IOException {
        Files.createDirectories(memory.getParent());
        Files.writeString(memory, Long.toString(pid));
        Files.writeString(setting, "1");
        periods.recover();
    }

    @Test
    void nextAgentEndsTheHurryOfOneThatWasKilled() throws Exception {
        Process killed = new ProcessBuilder("true").start();
        killed.waitFor();
        hurriedBy(killed.pid());
        assertEquals("0", now());
        assertFalse(Files.exists(memory));
    }

    @Test
    void nextAgentMayHaveItsNumber() throws IOException {
        hurriedBy(ProcessHandle.current().pid());
        assertEquals("0", now());
    }

    @Test
    void hurryOfAnAgentThatLivesGoesOn() throws IOException {
        Process other = new ProcessBuilder("cat").start(); // waits for what is never said
        try {
            hurriedBy(other.pid());
            assertEquals("1", now());
            assertTrue(Files.exists(memory));
        } finally {
            other.destroy();
        }
    }
}
