// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.view.DiffView;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.LiveDiffView;
import dev.weir.agent.view.Units;
import dev.weir.policy.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/// `weir diff`.
@Command(
        name = "diff",
        customSynopsis = {
            "weir diff [OPTIONS] OLD NEW",
            "       weir diff --live [OPTIONS] NEW",
        },
        description = "Which traffic changes its verdict between two sets of policies, or which live flows end.",
        footer = {
            "",
            "A line holds for all traffic that it names; what no line names keeps its verdict.",
            "--live judges each flow that passes now by NEW, as a reload would."
        })
final class DiffCommand extends Verb {
    private final Wiring wiring;

    @Mixin
    AgentOptions agent;

    @Mixin
    OutputOption output = new OutputOption();

    @Option(names = "--live", description = "Compare NEW with the flows that pass now.")
    boolean live;

    @Option(names = "--namespace", paramLabel = "NAME", description = "Only traffic of this namespace.")
    @Nullable
    String namespace;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "Only traffic through this device; without --namespace: a bridge or uplink.")
    @Nullable
    String device;

    @Option(
            names = "--limit",
            paramLabel = "COUNT",
            defaultValue = "100",
            description = "With --live, how many flows at most; ${DEFAULT-VALUE} when absent.")
    int limit;

    @Parameters(
            paramLabel = "OLD NEW",
            hideParamSyntax = true,
            arity = "1..2",
            description = "Directories of policies, or files.")
    List<Path> paths = List.of();

    DiffCommand(Wiring wiring) {
        this.wiring = wiring;
        this.agent = new AgentOptions(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException, RefusedPolicies {
        if (paths.size() != (live ? 1 : 2)) {
            throw new ParameterException(
                    spec().commandLine(), live ? "--live compares with NEW alone" : "OLD and NEW are both needed");
        }
        if (limit < 0) {
            throw new ParameterException(spec().commandLine(), "--limit is " + limit + ", expected 0 or more");
        }
        for (Path path : paths) {
            if (!Files.exists(path)) {
                throw new CommandFailure(ExitCode.USAGE, "diff " + path + ": there is no such file or directory");
            }
        }
        WeirConfig config = agent.config.load();
        if (live) {
            print(new LiveFlows(wiring, agent, err()).judge(config, paths.getFirst(), only(config), limit));
        } else {
            print(wiring.differ().compare(config, paths.getFirst(), paths.getLast(), only(config)));
        }
        return ExitCode.OK;
    }

    private Optional<Target> only(WeirConfig config) {
        return namespace == null && device == null
                ? Optional.empty()
                : Optional.of(config.namespaces().asked(namespace, device));
    }

    private void print(DiffView diff) {
        if (output.isJson()) {
            out().println(Json.pretty(diff));
        } else if (diff.changes().isEmpty()) {
            out().println("no traffic changes its verdict");
        } else {
            diff.changes().forEach(change -> out().println(Table.printable(change.summary())));
        }
        if (diff.omitted() > 0) {
            err().println("weir: " + diff.omitted()
                    + " more changes are not shown; narrow it with --namespace or --device");
        }
    }

    private void print(LiveDiffView diff) {
        if (output.isJson()) {
            out().println(Json.pretty(diff));
            return;
        }
        if (!diff.flows().isEmpty()) {
            Table table = new Table(
                    "NAMESPACE", "INSIDE", "", "OUTSIDE", "SERVICE", "ALLOWED BY", "FATE", "VERDICT", "BY", "BYTES>");
            for (LiveDiffView.Stopped stopped : diff.flows()) {
                FlowView flow = stopped.flow();
                table.add(
                        flow.namespace(),
                        Units.endpoint(flow.insideAddress(), flow.insidePort()),
                        FlowsCommand.arrow(flow.direction()),
                        Units.endpoint(flow.outsideAddress(), flow.outsidePort()),
                        flow.service(),
                        rule(flow.policy(), flow.rule()),
                        stopped.fate().word(),
                        stopped.verdict().word(),
                        rule(stopped.policy(), stopped.rule()),
                        Units.bytes(flow.bytes()));
            }
            table.print(out());
        }
        out().println("live flows: %d cut, %d finish, %d stay".formatted(diff.cut(), diff.finishing(), diff.kept()));
        long hidden = diff.cut() + diff.finishing() - diff.flows().size();
        if (hidden > 0) {
            err().println("weir: " + hidden + " more flows do not pass either; show them with a larger --limit");
        }
    }

    private static String rule(String policy, String rule) {
        return policy.isEmpty() ? rule : policy + "/" + rule;
    }
}
