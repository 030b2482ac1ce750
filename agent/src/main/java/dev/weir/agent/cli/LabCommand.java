// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/// `weir lab`.
@Command(name = "lab", description = "The classic topologies of network namespaces, ready to try Weir on.")
final class LabCommand extends Verb {
    @Override
    ExitCode run() {
        throw new ParameterException(spec().commandLine(), "say what to do: weir lab up TOPOLOGY, or weir lab down");
    }

    /// `weir lab up`.
    @Command(
            name = "up",
            description = "Set up a topology.",
            footer = {
                "",
                "It needs no network outside, changes nothing that it has not made but",
                "net.ipv4.ip_forward, and takes nothing back that it has not made."
            })
    static final class Up extends Verb {
        private final Wiring wiring;

        @Parameters(paramLabel = "TOPOLOGY", description = "One of: ${COMPLETION-CANDIDATES}.")
        @Nullable
        Topology topology;

        @Option(names = "--show", description = "Only print the commands that it would run.")
        boolean show;

        Up(Wiring wiring) {
            this.wiring = wiring;
        }

        @Override
        ExitCode run() throws CommandFailure {
            Topology wanted = Objects.requireNonNull(topology);
            if (show) {
                wiring.labs().commands(wanted).forEach(out()::println);
                return ExitCode.OK;
            }
            wiring.labs().up(wanted);
            out().println("lab %s is up: %s".formatted(wanted, wanted.summary()));
            return ExitCode.OK;
        }
    }

    /// `weir lab down`.
    @Command(
            name = "down",
            description = "Take down a topology, or all, also one whose set-up was cut off.",
            footer = {"", "What others have made under the same names is left alone."})
    static final class Down extends Verb {
        private final Wiring wiring;

        @Parameters(
                arity = "0..1",
                paramLabel = "TOPOLOGY",
                description = "One of: ${COMPLETION-CANDIDATES}; all when absent.")
        @Nullable
        Topology topology;

        Down(Wiring wiring) {
            this.wiring = wiring;
        }

        @Override
        ExitCode run() throws CommandFailure {
            boolean any = false;
            for (Topology each : topology == null ? List.of(Topology.values()) : List.of(topology)) {
                Wiring.Removal removal = wiring.labs().down(each);
                any |= !removal.removed().isEmpty();
                removal.removed().forEach(thing -> out().println("removed " + thing));
                removal.processes().forEach(sentence -> err().println("weir: " + sentence));
                if (topology != null) {
                    removal.leftAlone()
                            .forEach(thing ->
                                    err().println("weir: left alone, it is not of lab %s: %s".formatted(each, thing)));
                }
            }
            if (!any) {
                out().println(topology == null ? "no lab is up" : "lab " + topology + " is not up");
            } else if (wiring.labs().forwards()) {
                err().println("weir: net.ipv4.ip_forward stays on, others may rely on it by now; off:"
                        + " sysctl -w net.ipv4.ip_forward=0");
            }
            return ExitCode.OK;
        }
    }
}
