// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import picocli.CommandLine.Command;

/// `weir demo`.
@Command(
        name = "demo",
        description = "The main job on a lab: allow, deny, reload, metrics, shown step by step, then cleaned up.")
final class DemoCommand extends Verb {
    private final Wiring wiring;

    DemoCommand(Wiring wiring) {
        this.wiring = wiring;
    }

    @Override
    ExitCode run() throws CommandFailure {
        wiring.demo().run(out());
        return ExitCode.OK;
    }
}
