// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.top.Rates;
import dev.weir.agent.top.Sample;
import dev.weir.agent.top.Terminal;
import dev.weir.agent.top.Top;
import dev.weir.agent.view.BadQuery;
import dev.weir.agent.view.FlowPage;
import dev.weir.agent.view.FlowQuery;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.Units;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `weir top`.
@Command(
        name = "top",
        description = "A live screen: namespaces and flows by rate.",
        footer = {
            "",
            "Keys: q quit, n namespaces, f flows, s sort, / filter, p pause, ? help.",
            "Where it is not used at a terminal, it prints one look as with --once."
        })
final class TopCommand extends Verb {
    private static final int MAX_SECONDS = 3600;

    /// Flows that --once prints.
    private static final int PRINTED = 20;

    @Mixin
    AgentOptions agent;

    @Option(
            names = "--interval",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "How often to look, and over how long rates are; ${DEFAULT-VALUE} when absent.")
    int interval;

    @Option(names = "--once", description = "Print what happens during one interval, and exit.")
    boolean once;

    TopCommand(Wiring wiring) {
        this.agent = new AgentOptions(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        if (interval < 1 || interval > MAX_SECONDS) {
            throw new ParameterException(
                    spec().commandLine(), "--interval is " + interval + ", expected 1 to " + MAX_SECONDS);
        }
        StringWriter said = new StringWriter();
        Sample first = look("", new PrintWriter(said, true));
        if (once || !Terminal.isThere()) {
            err().print(said);
            err().flush();
            print(first);
            return ExitCode.OK;
        }
        try (Terminal terminal = new Terminal()) {
            String noColour = System.getenv("NO_COLOR"); // https://no-color.org
            boolean colour = noColour == null || noColour.isEmpty();
            Top.run(terminal, colour, this::look, TimeUnit.SECONDS.toMillis(interval), first, notice(said));
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.FAILED, "top: use the terminal: " + e.getMessage() + "; --once needs none", e);
        }
        return ExitCode.OK;
    }

    private Top.Look look(String filter) {
        StringWriter said = new StringWriter();
        try {
            Sample sample = look(filter, new PrintWriter(said, true));
            return new Top.Look(sample, agent.askedPins() ? "no agent runs; this is what one left in force" : "");
        } catch (CommandFailure | ConfigException | RuntimeException e) {
            return new Top.Look(null, String.valueOf(e.getMessage()));
        }
    }

    private static String notice(StringWriter said) {
        return said.toString().lines().findFirst().orElse("");
    }

    /// @param filter part of the names of namespaces whose flows are asked for
    private Sample look(String filter, PrintWriter notes) throws CommandFailure, ConfigException {
        Query asked = new Query()
                .put("namespace", "*" + filter + "*")
                .put("sort", FlowQuery.Sort.RECENT.word())
                .put("limit", String.valueOf(Sample.FLOWS));
        try {
            FlowQuery query = FlowQuery.parse(asked.parameters());
            NamespaceView.Listing namespaces = agent.ask(
                    "/api/v1/namespaces",
                    NamespaceView.Listing.class,
                    pins -> new NamespaceView.Listing(pins.namespaces(), pins.hostAddresses()),
                    notes);
            FlowPage flows = agent.ask(asked.target("/api/v1/flows"), FlowPage.class, pins -> pins.flows(query), notes);
            return new Sample(System.nanoTime(), namespaces.namespaces(), flows);
        } catch (BadQuery e) {
            throw new CommandFailure(ExitCode.USAGE, "top: " + String.join("; ", e.problems()), e);
        }
    }

    private void print(Sample first) throws CommandFailure, ConfigException {
        try {
            TimeUnit.SECONDS.sleep(interval); // it is what was asked for
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Rates rates = Rates.between(first, look("", err()));
        Table namespaces = new Table("NAMESPACE", "IN/S>", "OUT/S>", "PACKETS/S>", "DENIED/S>", "FLOWS>");
        rates.byBytes()
                .namespaces()
                .forEach(row -> namespaces.add(
                        row.view().name(),
                        Units.bytes(Math.round(row.known().bytesIn())),
                        Units.bytes(Math.round(row.known().bytesOut())),
                        Units.count(Math.round(row.known().packets())),
                        Units.count(Math.round(row.known().denied())),
                        Units.count(row.view().flows())));
        namespaces.print(out());
        out().println();
        Table flows = new Table("NAMESPACE", "INSIDE", "", "OUTSIDE", "SERVICE", "VERDICT", "BYTES/S>", "PACKETS/S>");
        rates.byBytes().flows().stream()
                .limit(PRINTED)
                .forEach(row -> flows.add(
                        row.view().namespace(),
                        Units.endpoint(row.view().insideAddress(), row.view().insidePort()),
                        FlowsCommand.arrow(row.view().direction()),
                        Units.endpoint(row.view().outsideAddress(), row.view().outsidePort()),
                        row.view().service(),
                        row.view().verdict().word(),
                        Units.bytes(Math.round(row.known().bytes())),
                        Units.count(Math.round(row.known().packets()))));
        flows.print(out());
    }
}
