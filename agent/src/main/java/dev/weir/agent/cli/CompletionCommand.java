// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;

/// `weir completion`.
@Command(
        name = "completion",
        description = "Print a completion script for bash and zsh.",
        footer = {"", "For this shell: source <(weir completion)"})
final class CompletionCommand extends Verb {
    @Override
    ExitCode run() {
        out().print(AutoComplete.bash("weir", spec().root().commandLine()));
        return ExitCode.OK;
    }
}
