// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

/// A command cannot go on. The message is for the user: what was attempted, on what, why it failed, what to do.
public final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1;
    private final ExitCode exitCode;

    public CommandFailure(ExitCode exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    public CommandFailure(ExitCode exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    public ExitCode exitCode() {
        return exitCode;
    }
}
