// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import java.util.ArrayList;
import java.util.List;

/// Runs steps, and remembers what they made so that it can be taken back. Safe for use by several threads.
final class Construction {
    /// The shell's word for a command that it does not find (POSIX, 2.8.2).
    private static final int NO_SUCH_COMMAND = 127;

    private final List<Runnable> undo = new ArrayList<>();
    private boolean over;

    /// Makes things, step by step.
    @FunctionalInterface
    interface Work<E extends Exception> {
        void on(Construction construction) throws CommandFailure, E;
    }

    /// Does all of the work or nothing: what it made is taken back when it fails, and when this process is told to end
    /// meanwhile.
    static <E extends Exception> void all(Work<E> work) throws CommandFailure, E {
        Construction construction = new Construction();
        Thread atEnd = new Thread(construction::undo, "weir-undo");
        Runtime.getRuntime().addShutdownHook(atEnd);
        boolean done = false;
        try {
            work.on(construction);
            done = true;
        } finally {
            if (!done) {
                construction.undo();
            }
            try {
                Runtime.getRuntime().removeShutdownHook(atEnd);
            } catch (IllegalStateException e) {
                // it runs already: the process ends
            }
        }
    }

    /// Runs one step.
    ///
    /// @throws CommandFailure when its command fails, with what it said; it has then made nothing
    synchronized void run(Step step) throws CommandFailure {
        if (over) {
            throw new CommandFailure(ExitCode.FAILED, "`%s` was not run any more".formatted(step.line()));
        }
        Shell.Result result = Shell.attempt(List.of("sh", "-c", step.line()));
        if (result.status() != 0) {
            throw failure(step.line(), result);
        }
        step.made()
                .ifPresent(thing ->
                        undoBy(() -> Shell.attempt(List.of(thing.removal().split(" "))))); // if it is there still
    }

    /// Takes back by this what is made otherwise than by a step.
    synchronized void undoBy(Runnable action) {
        undo.add(action);
    }

    /// Removes what was made, last things first, and makes nothing any more.
    synchronized void undo() {
        over = true;
        undo.reversed().forEach(Runnable::run);
        undo.clear();
    }

    private static CommandFailure failure(String line, Shell.Result result) {
        String said = result.output().strip();
        if (said.contains("Operation not permitted") || said.contains("Permission denied")) {
            return new CommandFailure(ExitCode.NOT_PERMITTED, "`%s` failed: %s; run it as root".formatted(line, said));
        }
        return new CommandFailure(
                ExitCode.FAILED,
                "`%s` failed: %s%s"
                        .formatted(
                                line,
                                said.isEmpty() ? "status " + result.status() : said,
                                result.status() == NO_SUCH_COMMAND
                                        ? "; install that: the labs use iproute2, nftables, wireguard-tools and wireguard-go, by their Debian names"
                                        : ""));
    }
}
