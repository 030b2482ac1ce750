// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs the commands that a person would type.
public final class Shell {
    private static final long TIMEOUT_SECONDS = 30;

    private Shell() {}

    /// What a command did.
    ///
    /// @param output of both streams
    public record Result(int status, String output) {}

    /// Runs a command line, split at spaces, and returns what it printed.
    ///
    /// @throws IllegalStateException when it fails, with what it printed
    public static String run(String commandLine) {
        return run(List.of(commandLine.split(" ")));
    }

    /// Runs a command and returns what it printed.
    ///
    /// @throws IllegalStateException when it fails, with what it printed
    static String run(List<String> command) {
        Result result = attempt(command);
        if (result.status() != 0) {
            throw new IllegalStateException("`%s` failed with status %d: %s"
                    .formatted(
                            String.join(" ", command),
                            result.status(),
                            result.output().strip()));
        }
        return result.output();
    }

    /// Runs a command whatever becomes of it.
    ///
    /// @throws UncheckedIOException when there is no such command
    public static Result attempt(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("`" + String.join(" ", command) + "` did not end");
            }
            return new Result(process.exitValue(), output);
        } catch (IOException e) {
            throw new UncheckedIOException("run `" + String.join(" ", command) + "`: is it installed?", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while `" + String.join(" ", command) + "` ran", e);
        }
    }
}
