// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `weir detach`.
@Command(
        name = "detach",
        description = "Remove every link, pin and map of Weir.",
        footer = {"", "Nothing is filtered or counted after it. Stop the agent first."})
final class DetachCommand extends Verb {
    private final Wiring wiring;

    @Mixin
    ConfigOptions config = new ConfigOptions();

    DetachCommand(Wiring wiring) {
        this.wiring = wiring;
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        List<String> removed = wiring.detacher().detach(config.load().bpffs());
        removed.forEach(line -> out().println(Table.printable(line)));
        if (removed.isEmpty()) {
            err().println("weir: nothing was attached");
        }
        return ExitCode.OK;
    }
}
