// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.view.DoctorView;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.StatusView;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `weir doctor`.
@Command(
        name = "doctor",
        description = "What is wrong with this host and its namespaces, and the command that mends it.",
        footer = {"", "It changes nothing. Exit code 1 if it found anything."})
final class DoctorCommand extends Verb {
    private final Wiring wiring;

    @Mixin
    AgentOptions agent;

    @Mixin
    OutputOption output = new OutputOption();

    DoctorCommand(Wiring wiring) {
        this.wiring = wiring;
        this.agent = new AgentOptions(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        @Nullable StatusView status = agent.askRunning("/api/v1/status", StatusView.class);
        DoctorView view = wiring.doctor().examine(agent.config.load(), agent.config.file(), status);
        if (output.isJson()) {
            out().println(Json.pretty(view));
        } else {
            print(view, out());
        }
        view.notes().forEach(each -> err().println("weir: " + Table.printable(each)));
        if (!view.permitted()) {
            return ExitCode.NOT_PERMITTED;
        }
        return view.findings().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    }

    private static void print(DoctorView view, PrintWriter out) {
        List<Finding> findings = view.findings();
        for (Finding each : findings) {
            out.println("%s: %s: %s"
                    .formatted(
                            each.severity().word(), each.where(), each.pitfall().word())
                    .transform(Table::printable));
            line(out, "what", each.what());
            line(out, "why", each.why());
            line(out, "mend", each.mend());
            out.println();
        }
        out.println("%s; %s and %s were looked at"
                .formatted(
                        findings.isEmpty()
                                ? "nothing is wrong"
                                : count(findings.size(), "thing") + (findings.size() == 1 ? " is wrong" : " are wrong"),
                        count(view.namespaces(), "namespace"),
                        count(view.devices(), "device")));
    }

    private static String count(int number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }

    private static void line(PrintWriter out, String name, String text) {
        out.println("    %-5s %s".formatted(name, Table.printable(text)));
    }
}
