// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/// `weir demo`. The demonstration takes place on a host of its own: network, mounts and processes that nobody else
/// sees and that vanish with it, however it ends. So it touches nothing of the real host, and an agent that runs
/// there is not disturbed.
public final class Demo {
    private static final String INSIDE = "weir.demo.inside";

    private Demo() {}

    /// Shows the main job, each step with what was expected.
    ///
    /// @throws CommandFailure when a step shows the wrong thing
    public static void run(PrintWriter out) throws CommandFailure {
        if (Boolean.getBoolean(INSIDE)) {
            DemoSteps.run(out);
            return;
        }
        String launcher = System.getProperty("weir.launcher");
        if (launcher == null) {
            throw new CommandFailure(ExitCode.FAILED, "run the demonstration by dist/bin/weir, or by `make demo`");
        }
        out.flush();
        int status = enter(launcher);
        if (status != 0) {
            throw new CommandFailure(
                    status == ExitCode.NOT_PERMITTED.number() ? ExitCode.NOT_PERMITTED : ExitCode.FAILED,
                    "the demonstration did not go as it should (status %d); it needs root, and a kernel with TCX"
                            .formatted(status));
        }
    }

    private static int enter(String launcher) {
        String setUp = "mount -t sysfs sysfs /sys && mount -t bpf bpf /sys/fs/bpf && mount -t tmpfs tmpfs /run"
                + " && mkdir /run/netns && ip link set lo up && exec \"$0\" demo";
        List<String> command = List.of(
                "unshare",
                "--net",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "--propagation",
                "private",
                "sh",
                "-c",
                setUp,
                Path.of(launcher).toAbsolutePath().toString());
        try {
            ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
            builder.environment().put("WEIR_JAVA_OPTS", "-D" + INSIDE + "=true");
            return builder.start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException("run `unshare` of util-linux: is it installed?", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.FAILED.number();
        }
    }
}
