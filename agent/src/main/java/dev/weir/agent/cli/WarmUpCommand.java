// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import picocli.CommandLine.Command;

/// `weir warm-up`, for the build only: its run shows the JVM which classes an agent needs.
@Command(
        name = "warm-up",
        hidden = true,
        description = "Do what an agent does as it starts, but for the kernel; the build records it.")
final class WarmUpCommand extends Verb {
    private final Wiring wiring;

    WarmUpCommand(Wiring wiring) {
        this.wiring = wiring;
    }

    @Override
    ExitCode run() throws CommandFailure {
        wiring.warmUp().run();
        return ExitCode.OK;
    }
}
