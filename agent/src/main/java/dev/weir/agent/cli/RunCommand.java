// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.WeirConfig;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `weir run`.
@Command(
        name = "run",
        description = "The agent, in the foreground: discover, attach, watch, serve.",
        footer = {"", "It ends on SIGINT or SIGTERM; what it enforces stays in force. `weir detach` removes it."})
final class RunCommand extends Verb {
    private final Wiring wiring;

    @Mixin
    ConfigOptions config = new ConfigOptions();

    @Option(
            names = "--policies",
            paramLabel = "DIRECTORY",
            description = "Where the policy files are; overrides the configuration.")
    @Nullable
    Path policies;

    @Option(
            names = "--listen",
            paramLabel = "ADDRESS",
            converter = Converters.Listen.class,
            description = "Where to serve HTTP: ADDRESS:PORT or unix:PATH; overrides the configuration.")
    @Nullable
    SocketAddress listen;

    RunCommand(Wiring wiring) {
        this.wiring = wiring;
    }

    @Override
    ExitCode run() throws CommandFailure, ConfigException {
        WeirConfig loaded = config.load();
        if (policies != null) {
            loaded = loaded.withPolicies(policies);
        }
        if (listen != null) {
            loaded = loaded.withListen(listen);
        }
        Optional<String> unserved = loaded.unserved();
        if (unserved.isPresent()) {
            throw new CommandFailure(ExitCode.USAGE, "run: " + unserved.get());
        }
        wiring.agent().run(loaded);
        return ExitCode.OK;
    }
}
