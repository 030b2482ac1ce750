// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.agent.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Has the kernel hurry through RCU grace periods while devices are attached: it waits for one at each
/// hook (`tcx_entry_sync` in `include/net/tcx.h`), which takes 8 to 18 ms, and some 0.1 ms in a hurry. That
/// disturbs all processors, so it lasts no longer than it must: a file says meanwhile whose hurry it is, so
/// that the next agent ends it if this one is killed. Of one thread.
public final class GracePeriods {
    private final Path setting;
    private final Path memory;
    private boolean told; // that there is no hurry

    /// @param setting `/sys/kernel/rcu_expedited`, as Documentation/ABI/testing/sysfs-kernel-uids of Linux has it
    /// @param memory where to keep the number of the process that has changed it
    GracePeriods(Path setting, Path memory) {
        this.setting = setting;
        this.memory = memory;
    }

    /// Those of this host.
    public static GracePeriods ofHost() {
        return new GracePeriods(Path.of("/sys/kernel/rcu_expedited"), Path.of("/run/weir/rcu_expedited"));
    }

    /// What is done in a hurry.
    interface Task<E extends Exception> {
        void run() throws E;
    }

    /// Puts back what a process that was killed could not.
    public void recover() {
        try {
            if (!isOfAnother(Files.readString(memory).strip())) {
                end();
                Log.info("%s is 0 again: an agent was killed while it attached devices".formatted(setting));
            }
        } catch (NoSuchFileException e) {
            // nobody was killed meanwhile
        } catch (IOException e) {
            Log.warn("set %s back to 0, as %s asks for: %s; do it by hand".formatted(setting, memory, e));
        }
    }

    /// Runs `task`, in a hurry if it attaches devices and the kernel lets us; slowly otherwise.
    <E extends Exception> void during(int devices, Task<E> task) throws E {
        boolean hurried = devices > 0 && hurry();
        try {
            task.run();
        } finally {
            if (hurried) {
                endOrWarn();
            }
        }
    }

    private boolean hurry() {
        try {
            if (!Files.readString(setting).strip().equals("0")) {
                return false; // somebody else has it hurry already, and will end that
            }
            Files.createDirectories(memory.toAbsolutePath().getParent());
            Files.writeString(memory, Long.toString(ProcessHandle.current().pid()), StandardOpenOption.CREATE_NEW);
            Files.writeString(setting, "1");
            return true;
        } catch (IOException e) {
            if (!told) {
                told = true;
                Log.info("devices are attached one slow grace period after another, because %s cannot be set: %s"
                        .formatted(setting, e));
            }
            return false;
        }
    }

    private void endOrWarn() {
        try {
            end();
        } catch (IOException e) {
            Log.warn("set %s back to 0: %s; do it by hand".formatted(setting, e));
        }
    }

    private void end() throws IOException {
        Files.writeString(setting, "0");
        Files.deleteIfExists(memory);
    }

    /// Whether another process lives that may have written this. In a container, each agent may have the same number.
    private static boolean isOfAnother(String pid) {
        try {
            long number = Long.parseLong(pid);
            return number != ProcessHandle.current().pid()
                    && ProcessHandle.of(number).isPresent();
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
