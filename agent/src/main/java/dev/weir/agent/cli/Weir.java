// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.Build;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// `weir`: holds the verbs, and turns whatever happens in them into an exit code and, for a failure, a line on
/// stderr.
@Command(
        name = "weir",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = Weir.Version.class,
        description = "Secures and measures Linux network namespaces with eBPF.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:it failed",
            "2:the input or the usage is wrong",
            "3:not permitted, or the kernel lacks something"
        },
        commandListHeading = "%nCommands:%n")
public final class Weir {
    private final boolean debug;

    private Weir(boolean debug) {
        this.debug = debug;
    }

    /// Runs one command line.
    /// @param debug whether to print the trace of an unexpected error
    public static ExitCode run(Wiring wiring, boolean debug, PrintWriter out, PrintWriter err, String... arguments) {
        CommandLine weir = commandLine(wiring, debug).setOut(out).setErr(err);
        int number = weir.execute(arguments);
        out.flush();
        err.flush();
        for (ExitCode exitCode : ExitCode.values()) {
            if (exitCode.number() == number) {
                return exitCode;
            }
        }
        return ExitCode.FAILED;
    }

    static CommandLine commandLine(Wiring wiring, boolean debug) {
        Weir weir = new Weir(debug);
        CommandLine line = new CommandLine(weir)
                .addSubcommand(new RunCommand(wiring))
                .addSubcommand(new CheckCommand(wiring))
                .addSubcommand(new ExplainCommand(wiring))
                .addSubcommand(new WhyCommand(wiring))
                .addSubcommand(new DiffCommand(wiring))
                .addSubcommand(new StatusCommand(wiring))
                .addSubcommand(new NamespacesCommand(wiring))
                .addSubcommand(Filters.of(new FlowsCommand(wiring)))
                .addSubcommand(Filters.of(new EventsCommand(wiring)))
                .addSubcommand(new DoctorCommand(wiring))
                .addSubcommand(new CommandLine(new NetnsCommand())
                        .addSubcommand(new NetnsCommand.Add(wiring))
                        .addSubcommand(new NetnsCommand.Del(wiring)))
                .addSubcommand(new AttachCommand(wiring))
                .addSubcommand(new CommandLine(new LabCommand())
                        .addSubcommand(new LabCommand.Up(wiring))
                        .addSubcommand(new LabCommand.Down(wiring)))
                .addSubcommand(new DemoCommand(wiring))
                .addSubcommand(new DetachCommand(wiring))
                .addSubcommand(new CompletionCommand())
                .addSubcommand(new WarmUpCommand(wiring));
        return line.setExecutionExceptionHandler(weir::failed)
                .setParameterExceptionHandler(Weir::misused)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(false)
                .setUsageHelpLongOptionsMaxWidth(24);
    }

    private int failed(Exception failure, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        return switch (failure) {
            case CommandFailure expected -> {
                err.println("weir: " + Table.printable(String.valueOf(expected.getMessage())));
                if (debug && expected.getCause() != null) {
                    expected.printStackTrace(err);
                }
                yield expected.exitCode().number();
            }
            case ConfigException wrong -> {
                err.println(wrong.getMessage()); // printable already
                yield ExitCode.USAGE.number();
            }
            case RefusedPolicies refused -> {
                refused.errors().forEach(error -> CheckCommand.print("", error, err));
                yield ExitCode.USAGE.number();
            }
            default -> {
                err.println("weir: internal error: " + Table.printable(failure.toString())
                        + "; please report it, with what WEIR_DEBUG=1 prints for the same command");
                if (debug) {
                    failure.printStackTrace(err);
                }
                yield ExitCode.FAILED.number();
            }
        };
    }

    private static int misused(ParameterException misuse, String[] arguments) {
        CommandLine command = misuse.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("weir: " + Table.printable(String.valueOf(misuse.getMessage())));
        UnmatchedArgumentException.printSuggestions(misuse, err);
        err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE.number();
    }

    /// What `--version` prints.
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            Build build = Build.current();
            return new String[] {"weir " + build.version() + " (Java " + build.java() + ")"};
        }
    }
}
