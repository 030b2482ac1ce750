// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.view.ExplanationView;
import dev.weir.agent.view.Json;
import dev.weir.policy.yaml.ExactService;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `weir explain`.
@Command(
        name = "explain",
        description = "Which rule decides, and the rules before it that nearly matched; from the files alone.",
        footer = {
            "",
            "What opens a flow is judged; replies pass with it. Files do not say who holds an",
            "address: --held-by does, for rules with peers such as namespace:red or host."
        })
final class ExplainCommand extends Verb {
    private final Wiring wiring;

    @Mixin
    OutputOption output = new OutputOption();

    @Mixin
    SubjectOptions subject = new SubjectOptions();

    @Option(
            names = "--direction",
            required = true,
            paramLabel = "DIRECTION",
            description = "As the namespace sees it: ${COMPLETION-CANDIDATES}.")
    Direction direction = Direction.EGRESS;

    @Option(
            names = "--peer",
            required = true,
            paramLabel = "ADDRESS",
            converter = Converters.Address.class,
            description = "The address of the other side.")
    @Nullable
    IpAddress peer;

    @Option(
            names = "--service",
            required = true,
            paramLabel = "SERVICE",
            converter = Converters.OneService.class,
            description = "One service: tcp/443, udp/53, icmp/echo-request, icmp/3/4, proto/47.")
    @Nullable
    ExactService service;

    @Option(
            names = "--held-by",
            paramLabel = "HOLDER",
            description = "Who holds the peer's address: a namespace, or host; nobody when absent.")
    @Nullable
    String heldBy;

    @Option(
            names = "--policies",
            paramLabel = "DIRECTORY",
            description = "Policies to ask; overrides the configuration.")
    @Nullable
    Path policies;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration; /etc/weir/weir.yaml, if it exists, when absent.")
    @Nullable
    Path config;

    ExplainCommand(Wiring wiring) {
        this.wiring = wiring;
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException, RefusedPolicies {
        subject.require("explain");
        if (peer == null || service == null) {
            throw new IllegalStateException("picocli lets a required option be absent");
        }
        WeirConfig loaded = ConfigFile.load(config);
        Question question = new Question(subject.namespace, subject.device, direction, peer, service);
        ExplanationView explained =
                wiring.explainer().explain(policies == null ? loaded : loaded.withPolicies(policies), question, heldBy);
        if (output.isJson()) {
            out().println(Json.pretty(explained));
        } else {
            new ExplanationPrinter(out()).print(explained);
        }
        return ExitCode.OK;
    }
}
