// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

/// What the shell is told when a command ends.
public enum ExitCode {
    OK(0),
    /// It was tried and did not succeed.
    FAILED(1),
    /// The input or the usage is wrong.
    USAGE(2),
    /// Not permitted, or the kernel lacks something.
    NOT_PERMITTED(3);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
