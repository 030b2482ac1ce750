// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.PolicyCheck;
import dev.weir.agent.view.PolicyError;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `weir check`.
@Command(name = "check", description = "Validate policies: every error and doubt with its file, line and column.")
final class CheckCommand extends Verb {
    private final Wiring wiring;

    @Mixin
    OutputOption output = new OutputOption();

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration that gives namespaces labels; /etc/weir/weir.yaml, if it exists, when absent.")
    @Nullable
    Path config;

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "Policy files, or directories of them.")
    List<Path> paths = List.of();

    CheckCommand(Wiring wiring) {
        this.wiring = wiring;
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new CommandFailure(ExitCode.USAGE, "check " + path + ": there is no such file or directory");
            }
        }
        PolicyCheck found = wiring.checker().check(paths, ConfigFile.load(config));
        if (output.isJson()) {
            out().println(Json.pretty(found));
        } else {
            found.errors().forEach(error -> print("", error, out()));
            found.warnings().forEach(warning -> print("warning: ", warning, out()));
        }
        return found.errors().isEmpty() ? ExitCode.OK : ExitCode.USAGE;
    }

    /// One error or warning, with the line of the file and a caret under the place.
    ///
    /// @param severity stands before the message
    static void print(String severity, PolicyError error, PrintWriter out) {
        out.println(Table.printable(error.describe(severity)));
        if (!error.text().isEmpty() && error.column() > 0) {
            out.println("    " + Table.printable(error.text().replace('\t', ' ')));
            out.println("    " + " ".repeat(error.column() - 1) + "^");
        }
    }
}
