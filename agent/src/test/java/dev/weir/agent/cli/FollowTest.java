// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.event.EventLog;
import dev.weir.agent.http.HttpServer;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.SampleView;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class FollowTest extends CommandTest {
    private final EventLog log = new EventLog();
    private final StringWriter said = new StringWriter();
    private final StringWriter told = new StringWriter();
    private volatile boolean closed;

    /// What is printed; fails, as a pipe whose reader has gone, when the test says so.
    private final Writer out = new Writer() {
        @Override
        public void write(char[] text, int from, int length) throws IOException {
            if (closed) {
                throw new IOException("Broken pipe");
            }
            said.write(text, from, length);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private final SampleView logged = new SampleView() {
        @Override
        public EventPage events(EventQuery query) {
            return log.page(query);
        }
    };

    private CompletableFuture<ExitCode> follow(String... arguments) {
        return CompletableFuture.supplyAsync(
                () -> Weir.run(wiring, false, new PrintWriter(out), new PrintWriter(told), arguments),
                work -> Thread.ofPlatform().daemon().start(work));
    }

    private static void await(BooleanSupplier holds) {
        while (!holds.getAsBoolean()) {
            assertFalse(Thread.currentThread().isInterrupted(), "it did not come true");
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void eventsAreFollowedOverARestartOfTheAgent() throws Exception {
        InetSocketAddress address;
        CompletableFuture<ExitCode> command;
        log.tell("before");
        try (HttpServer server = HttpServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), logged)) {
            address = server.address();
            command = follow("events", "--follow", "--agent", "127.0.0.1:" + address.getPort(), "-o", "jsonl");
            await(() -> said.toString().contains("\"before\""));
            log.tell("meanwhile");
            await(() -> said.toString().contains("\"meanwhile\""));
        }
        await(() -> told.toString().contains("waiting for it"));
        log.tell("unseen");
        try (HttpServer again = HttpServer.start(address, logged)) {
            await(() -> said.toString().contains("\"unseen\""));
            assertEquals(
                    "weir: lost the stream of the agent: it has ended it; waiting for it\nweir: the agent is back\n",
                    told.toString());
            assertEquals(3, said.toString().lines().count(), said::toString);
            closed = true;
            await(() -> {
                log.tell("to nobody");
                return command.isDone();
            });
            assertEquals(ExitCode.OK, command.get(1, TimeUnit.SECONDS));
            assertEquals(address, again.address());
        }
    }

    @Test
    void eventsAreFollowedAsATable() throws Exception {
        try (HttpServer server = serve()) {
            CompletableFuture<ExitCode> command = follow(
                    "events",
                    "--follow",
                    "--agent",
                    "127.0.0.1:" + server.address().getPort(),
                    "--verdict",
                    "deny");
            await(() -> said.toString().contains("spoof"));
            assertTrue(said.toString().startsWith("TIME "), said::toString);
            assertEquals(3, said.toString().lines().count(), said::toString);
            assertFalse(command.isDone());
            closed = true; // it is noticed when the next attempt to follow begins
        }
    }

    @Test
    void flowsAreFollowedAsTheyChange() throws Exception {
        view.flows = new CopyOnWriteArrayList<>(view.flows);
        try (HttpServer server = serve()) {
            CompletableFuture<ExitCode> command = follow(
                    "flows",
                    "--follow",
                    "--agent",
                    "127.0.0.1:" + server.address().getPort(),
                    "--namespace",
                    "red");
            await(() -> said.toString().contains("opened  red"));
            view.flows.removeLast();
            await(() -> said.toString().contains("closed  red"));
            assertTrue(said.toString().startsWith("CHANGE  NAMESPACE"), said::toString);
            closed = true;
            await(() -> {
                view.flows.add(SampleView.flow("red", "10.0.0.3", 81 + view.flows.size() % 9, "192.0.2.7", 1, 10));
                return command.isDone();
            });
        }
    }

    @Test
    void wrongFilterIsToldBeforeAnythingIsAsked() {
        Outcome outcome = weir("flows", "--follow", "--cursor", "x");
        assertEquals(ExitCode.USAGE, outcome.code());
        assertTrue(outcome.err().startsWith("weir: flows: unknown parameter 'cursor'"), outcome.err());
    }
}
