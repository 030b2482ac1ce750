// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `weir warm-up`, for the build only: its run shows the JVM which classes an agent needs.
@Command(name = "warm-up", hidden = true, description = "Do what an agent does as it starts; the build records it.")
final class WarmUpCommand extends Verb {
    private final Wiring wiring;

    @Option(
            names = "--enforce",
            description = "Run an agent that enforces, too: as root, and on a host where nothing else is.")
    boolean enforce;

    WarmUpCommand(Wiring wiring) {
        this.wiring = wiring;
    }

    @Override
    ExitCode run() throws CommandFailure {
        wiring.warmUp().run(enforce);
        return ExitCode.OK;
    }
}
