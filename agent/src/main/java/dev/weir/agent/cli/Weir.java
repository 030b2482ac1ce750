// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.Build;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
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
    private static final String COMPLETION = "completion";

    private final boolean debug;

    private Weir(boolean debug) {
        this.debug = debug;
    }

    /// Runs one command line.
    /// @param debug whether to print the trace of an unexpected error
    public static ExitCode run(Wiring wiring, boolean debug, PrintWriter out, PrintWriter err, String... arguments) {
        CommandLine weir = commandLine(wiring, debug, arguments).setOut(out).setErr(err);
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

    /// With all verbs.
    static CommandLine commandLine(Wiring wiring, boolean debug) {
        return commandLine(debug, verbs(wiring));
    }

    /// With the verb alone that is called where it is one, since picocli looks at each verb that it is
    /// given; with all for help, for a word that is none, and for a script that completes each.
    private static CommandLine commandLine(Wiring wiring, boolean debug, String... arguments) {
        Map<String, Supplier<Object>> verbs = verbs(wiring);
        if (arguments.length > 0 && !arguments[0].equals(COMPLETION) && verbs.containsKey(arguments[0])) {
            verbs.keySet().retainAll(Set.of(arguments[0]));
        }
        return commandLine(debug, verbs);
    }

    private static Map<String, Supplier<Object>> verbs(Wiring wiring) {
        Map<String, Supplier<Object>> verbs = new LinkedHashMap<>();
        verbs.put("run", () -> new RunCommand(wiring));
        verbs.put("check", () -> new CheckCommand(wiring));
        verbs.put("explain", () -> new ExplainCommand(wiring));
        verbs.put("why", () -> new WhyCommand(wiring));
        verbs.put("diff", () -> new DiffCommand(wiring));
        verbs.put("status", () -> new StatusCommand(wiring));
        verbs.put("namespaces", () -> new NamespacesCommand(wiring));
        verbs.put("flows", () -> Filters.of(new FlowsCommand(wiring)));
        verbs.put("events", () -> Filters.of(new EventsCommand(wiring)));
        verbs.put("suggest", () -> new SuggestCommand(wiring));
        verbs.put("top", () -> new TopCommand(wiring));
        verbs.put("doctor", () -> new DoctorCommand(wiring));
        verbs.put(
                "netns",
                () -> new CommandLine(new NetnsCommand())
                        .addSubcommand(new NetnsCommand.Add(wiring))
                        .addSubcommand(new NetnsCommand.Del(wiring)));
        verbs.put("attach", () -> new AttachCommand(wiring));
        verbs.put(
                "lab",
                () -> new CommandLine(new LabCommand())
                        .addSubcommand(new LabCommand.Up(wiring))
                        .addSubcommand(new LabCommand.Down(wiring)));
        verbs.put("demo", () -> new DemoCommand(wiring));
        verbs.put("detach", () -> new DetachCommand(wiring));
        verbs.put(COMPLETION, CompletionCommand::new);
        verbs.put("warm-up", () -> new WarmUpCommand(wiring));
        return verbs;
    }

    private static CommandLine commandLine(boolean debug, Map<String, Supplier<Object>> verbs) {
        Weir weir = new Weir(debug);
        CommandLine line = new CommandLine(weir);
        verbs.forEach((name, verb) -> line.addSubcommand(name, verb.get()));
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
