// SPDX-License-Identifier: Apache-2.0
package dev.weir.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Runs commands of the host in the network namespace of the tests.
public final class Shell {
    private Shell() {}

    /// Runs one command, its words separated by single spaces.
    ///
    /// @return what it printed
    /// @throws AssertionError when it fails, with what it printed
    public static String run(String command) {
        List<String> words = List.of(command.split(" ", -1));
        try {
            Process process =
                    new ProcessBuilder(words).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int status = process.waitFor();
            if (status != 0) {
                throw new AssertionError(command + ": status " + status + "\n" + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(command, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
