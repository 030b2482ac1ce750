// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ListenAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.view.AgentView;
import dev.weir.agent.view.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.SocketAddress;
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
            paramLabel = "ADDRESS:PORT",
            converter = Address.class,
            description = "Ask the agent here; `listen` of the configuration when absent.")
    @Nullable
    SocketAddress agent;

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
        if (agent != null) {
            try {
                return get(agent, target, type);
            } catch (ConnectException e) {
                throw absent(agent, e);
            }
        }
        WeirConfig loaded = config.load();
        try {
            return get(loaded.listen(), target, type);
        } catch (ConnectException e) {
            if (pins == null) {
                pins = wiring.pins().read(loaded.bpffs());
                err.println("weir: no agent runs at " + ListenAddress.text(loaded.listen())
                        + "; this is what it left in force");
            }
            return fromPins.apply(pins);
        }
    }

    /// The answer of the agent to `target`; null where none runs and none was named.
    <T> @Nullable T askRunning(String target, Class<T> type) throws CommandFailure, ConfigException {
        try {
            return get(address(), target, type);
        } catch (ConnectException e) {
            if (agent != null) {
                throw absent(agent, e);
            }
            return null;
        }
    }

    /// The answer of the agent to `target`; what is pinned does not answer.
    /// @throws CommandFailure when no agent runs, too
    <T> T askAgent(String target, Class<T> type) throws CommandFailure, ConfigException {
        SocketAddress address = address();
        try {
            return get(address, target, type);
        } catch (ConnectException e) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "no agent runs at %s: start one with `weir run`, or say where it is with --agent"
                            .formatted(ListenAddress.text(address)),
                    e);
        }
    }

    /// A stream of the agent's; what is pinned has none.
    /// @param position where it is to go on; null: from where it begins
    /// @throws java.net.ConnectException when no agent runs
    /// @throws IOException when it does not answer so, with what it says
    EventSource stream(String target, @Nullable String position) throws IOException, ConfigException {
        return AgentClient.stream(address(), target, position);
    }

    /// Whether what an agent left has answered.
    boolean askedPins() {
        return pins != null;
    }

    /// Where the agent is.
    String where() throws ConfigException {
        return ListenAddress.text(address());
    }

    private SocketAddress address() throws ConfigException {
        return agent == null ? config.load().listen() : agent;
    }

    private static CommandFailure absent(SocketAddress agent, ConnectException cause) {
        return new CommandFailure(
                ExitCode.FAILED,
                "ask the agent at " + ListenAddress.text(agent) + ": " + cause.getMessage() + "; is it running?",
                cause);
    }

    private static <T> T get(SocketAddress address, String target, Class<T> type)
            throws CommandFailure, ConnectException {
        try {
            return Json.read(AgentClient.get(address, target), type);
        } catch (ConnectException e) {
            throw e;
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.FAILED, "ask the agent at " + ListenAddress.text(address) + ": " + e.getMessage(), e);
        }
    }

    /// Reads `ADDRESS:PORT`, or the same as an `http` URL.
    static final class Address implements ITypeConverter<SocketAddress> {
        @Override
        public SocketAddress convert(String value) {
            String address = value.startsWith("http://") ? value.substring(7) : value;
            try {
                return ListenAddress.parse(
                        address.endsWith("/") ? address.substring(0, address.length() - 1) : address);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
