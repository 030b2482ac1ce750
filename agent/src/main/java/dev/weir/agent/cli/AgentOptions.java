// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ListenAddress;
import dev.weir.agent.secret.SecretException;
import dev.weir.agent.view.AgentView;
import dev.weir.agent.view.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// Whom a command asks: the agent that `--agent` names; else the one of the configuration, and when that does not
/// run, what it left pinned.
final class AgentOptions {
    private final Wiring wiring;

    @Option(
            names = "--agent",
            paramLabel = "ADDRESS",
            converter = Named.class,
            description = "Ask the agent here, ADDRESS:PORT, unix:PATH or a URL, with the certificate and token of the "
                    + "configuration; its `listen` when absent.")
    AgentAddress.@Nullable Named agent;

    @Mixin
    ConfigOptions config = new ConfigOptions();

    /// What an agent left, once it was read.
    private @Nullable AgentView pins;

    AgentOptions(Wiring wiring) {
        this.wiring = wiring;
    }

    /// The answer of the agent to `target`, or what `fromPins` makes of the pins, which is told on `err`.
    <T> T ask(String target, Class<T> type, Function<AgentView, T> fromPins, PrintWriter err)
            throws CommandFailure, ConfigException {
        AgentAddress address = address();
        try {
            return get(address, target, type);
        } catch (ConnectException e) {
            if (agent != null) {
                throw absent(address, e);
            }
            if (pins == null) {
                pins = wiring.pins().read(config.load().bpffs());
                err.println("weir: no agent runs at " + address + "; this is what it left in force");
            }
            return fromPins.apply(pins);
        }
    }

    /// The answer of the agent to `target`; null where none runs and none was named.
    <T> @Nullable T askRunning(String target, Class<T> type) throws CommandFailure, ConfigException {
        AgentAddress address = address();
        try {
            return get(address, target, type);
        } catch (ConnectException e) {
            if (agent != null) {
                throw absent(address, e);
            }
            return null;
        }
    }

    /// The answer of the agent to `target`; what is pinned does not answer.
    /// @throws CommandFailure when no agent runs, too
    <T> T askAgent(String target, Class<T> type) throws CommandFailure, ConfigException {
        AgentAddress address = address();
        try {
            return get(address, target, type);
        } catch (ConnectException e) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "no agent runs at %s: start one with `weir run`, or say where it is with --agent"
                            .formatted(address),
                    e);
        }
    }

    /// A stream of the agent's; what is pinned has none.
    /// @param position where it is to go on; null: from where it begins
    /// @throws java.net.ConnectException when no agent runs
    /// @throws IOException when it does not answer so, with what it says
    EventSource stream(String target, @Nullable String position) throws IOException, CommandFailure, ConfigException {
        return AgentClient.stream(address(), target, position);
    }

    /// Whether what an agent left has answered.
    boolean askedPins() {
        return pins != null;
    }

    /// Where the agent is, and how it is asked.
    AgentAddress address() throws CommandFailure, ConfigException {
        return agent == null ? AgentAddress.of(config.load()) : AgentAddress.of(config.load(), agent);
    }

    /// It did not answer so.
    static CommandFailure failed(AgentAddress address, IOException cause) {
        boolean denied = cause.getCause() instanceof SecretException secret && secret.isDenied();
        return new CommandFailure(
                denied ? ExitCode.NOT_PERMITTED : ExitCode.FAILED,
                "ask the agent at " + address + ": " + cause.getMessage(),
                cause);
    }

    private static CommandFailure absent(AgentAddress address, ConnectException cause) {
        return new CommandFailure(
                ExitCode.FAILED, "ask the agent at " + address + ": " + cause.getMessage() + "; is it running?", cause);
    }

    private static <T> T get(AgentAddress address, String target, Class<T> type)
            throws CommandFailure, ConnectException {
        try {
            return Json.read(AgentClient.get(address, target), type);
        } catch (ConnectException e) {
            throw e;
        } catch (IOException e) {
            throw failed(address, e);
        }
    }

    /// Reads what `--agent` names.
    static final class Named implements ITypeConverter<AgentAddress.Named> {
        @Override
        public AgentAddress.Named convert(String value) {
            try {
                return AgentAddress.Named.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage() + ", expected " + ListenAddress.EXPECTED);
            }
        }
    }
}
