// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.view.Json;
import dev.weir.agent.view.PolicyError;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `weir check`.
@Command(name = "check", description = "Validate policies: every error with its file, line and column.")
final class CheckCommand extends Verb {
    /// What `--output json` prints.
    record Report(List<PolicyError> errors) {}

    private final Wiring wiring;

    @Mixin
    OutputOption output = new OutputOption();

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "Policy files, or directories of them.")
    List<Path> paths = List.of();

    CheckCommand(Wiring wiring) {
        this.wiring = wiring;
    }

    @Override
    ExitCode run() throws CommandFailure {
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new CommandFailure(ExitCode.USAGE, "check " + path + ": there is no such file or directory");
            }
        }
        List<PolicyError> errors = wiring.checker().check(paths);
        if (output.isJson()) {
            out().println(Json.pretty(new Report(errors)));
        } else {
            errors.forEach(error -> print(error, out()));
        }
        return errors.isEmpty() ? ExitCode.OK : ExitCode.USAGE;
    }

    /// One error, with the line of the file and a caret under the place.
    static void print(PolicyError error, PrintWriter out) {
        out.println(Table.printable(error.describe()));
        if (!error.text().isEmpty() && error.column() > 0) {
            out.println("    " + Table.printable(error.text().replace('\t', ' ')));
            out.println("    " + " ".repeat(error.column() - 1) + "^");
        }
    }
}
