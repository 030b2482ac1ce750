// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/// Removes things.
final class Demolition {
    /// How long a process that has just lost its device may take to end.
    private static final long ENDING_NANOS = 500_000_000;

    private static final long BETWEEN_LOOKS_NANOS = 5_000_000;

    private Demolition() {}

    /// Removes one thing.
    ///
    /// @return a sentence about the processes that go on in it, if there are any
    /// @throws CommandFailure when it is still there then
    static Optional<String> remove(Made thing) throws CommandFailure {
        String left = thing instanceof Made.Namespace namespace ? processesIn(namespace.name()) : "";
        Shell.Result result = Shell.attempt(List.of(thing.removal().split(" ")));
        if (result.status() != 0 && thing.mark().isPresent()) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "`%s` failed: %s".formatted(thing.removal(), result.output().strip()));
        }
        return left.isEmpty()
                ? Optional.empty()
                : Optional.of("processes go on in what was %s, which has no name any more: %s".formatted(thing, left));
    }

    /// The numbers of the processes in a namespace, once those that are just ending had time for it.
    private static String processesIn(String namespace) {
        long start = System.nanoTime();
        while (true) {
            String pids = Shell.attempt(List.of("ip", "netns", "pids", namespace))
                    .output()
                    .lines()
                    .collect(Collectors.joining(" "));
            if (pids.isEmpty() || System.nanoTime() - start > ENDING_NANOS) {
                return pids;
            }
            LockSupport.parkNanos(BETWEEN_LOOKS_NANOS);
        }
    }
}
