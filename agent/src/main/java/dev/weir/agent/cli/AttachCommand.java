// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `weir attach`.
@Command(
        name = "attach",
        description = "Return once the running agent enforces a device: for hooks of container engines.",
        footer = {
            "",
            "The agent attaches to a device by itself as soon as it is there, also while it",
            "is down. Who calls this before setting the device up lets no packet pass first."
        })
final class AttachCommand extends Verb {
    @Mixin
    AgentOptions agent;

    @Mixin
    TimeoutOption wait = new TimeoutOption();

    @Option(names = "--device", required = true, paramLabel = "NAME", description = "The host's end of a veth.")
    String device = "";

    @Option(
            names = "--namespace",
            paramLabel = "NAME",
            description = "The namespace that it has to lead to; any when absent.")
    @Nullable
    String namespace;

    AttachCommand(Wiring wiring) {
        this.agent = new AgentOptions(wiring);
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        String found = new Enforced(agent, device, namespace, List.of()).await(wait.timeout);
        out().println("%s of %s is enforced".formatted(Table.printable(device), Table.printable(found)));
        return ExitCode.OK;
    }
}
