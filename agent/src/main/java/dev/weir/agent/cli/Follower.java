// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Follows a stream of the agent until nobody reads what is printed. Where the agent ends or restarts,
/// it says so, and goes on where it was as soon as one answers again.
final class Follower {
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final AgentOptions agent;
    private final PrintWriter out;
    private final PrintWriter err;
    private @Nullable String position;
    private boolean connected;
    private boolean waiting;

    Follower(AgentOptions agent, PrintWriter out, PrintWriter err) {
        this.agent = agent;
        this.out = out;
        this.err = err;
    }

    /// What is done with a message.
    @FunctionalInterface
    interface Reader {
        void read(EventSource.Message message) throws IOException;
    }

    /// Returns when `out` is closed.
    /// @throws CommandFailure when no agent runs to begin with, or it refuses
    void follow(String verb, String target, Reader reader)
            throws CommandFailure, ConfigException, InterruptedException {
        while (!out.checkError()) {
            try (EventSource source = agent.stream(target, position)) {
                if (waiting) {
                    err.println("weir: the agent is back");
                    err.flush();
                    waiting = false;
                }
                connected = true;
                read(source, reader);
            } catch (ConnectException e) {
                if (!connected) {
                    throw new CommandFailure(
                            ExitCode.FAILED,
                            "%s: no agent runs at %s, so there is nothing to follow; start one with `weir run`, or say where it is with --agent"
                                    .formatted(verb, agent.address()),
                            e);
                }
                await("it does not answer");
            } catch (IOException e) {
                if (!connected) {
                    throw AgentOptions.failed(agent.address(), e);
                }
                await(e.getMessage());
            }
        }
    }

    private void read(EventSource source, Reader reader) throws IOException {
        try {
            do {
                reader.read(source.next());
            } while (!out.checkError());
        } finally {
            position = source.position();
        }
    }

    private void await(@Nullable String why) throws InterruptedException {
        if (!waiting) {
            err.println("weir: lost the stream of the agent: " + why + "; waiting for it");
            err.flush();
            waiting = true;
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis()); // between two attempts to reach what may not run
    }
}
