// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is cut was not done, and nothing after it.
class StraceTest extends HostTest {
    private final Path log = home.resolve("log");

    private Process shell(List<String> by, String script) throws Exception {
        List<String> command = new ArrayList<>(by);
        command.addAll(List.of("bash", "-c", script));
        return new ProcessBuilder(command).directory(home.toFile()).start();
    }

    private static String making(String... names) {
        return "exec mkdir " + String.join(" ", names);
    }

    @Test
    void callsAreWrittenDownInTheirOrder() throws Exception {
        Strace strace = Strace.writing(log);
        assertEquals(0, shell(strace.command(), making("a", "b")).waitFor());
        List<Strace.Call> calls = strace.calls();
        assertEquals(
                List.of("mkdir 1", "mkdir 2"),
                calls.stream().map(call -> call.kind() + " " + call.number()).toList());
        assertTrue(calls.getLast().text().startsWith("\"b\""), calls::toString);
    }

    @Test
    void killedProcessHasNotMadeTheCall() throws Exception {
        Strace strace = Strace.killing(log, "mkdir", 2);
        assertEquals(128 + 9, shell(strace.command(), making("a", "b", "c")).waitFor());
        assertTrue(Files.exists(home.resolve("a")));
        assertFalse(Files.exists(home.resolve("b")));
        assertFalse(Files.exists(home.resolve("c")));
        assertTrue(strace.calls().getLast().text().startsWith("\"b\""));
    }

    @Test
    void failedCallIsNotMadeAndTheNextOneIs() throws Exception {
        Strace strace = Strace.failing(log, "mkdir", 2, "ENOSPC");
        assertEquals(1, shell(strace.command(), making("a", "b", "c")).waitFor());
        assertTrue(Files.exists(home.resolve("a")));
        assertFalse(Files.exists(home.resolve("b")));
        assertTrue(Files.exists(home.resolve("c")));
    }

    @Test
    void processThatRunsIsCountedFromThenOn() throws Exception {
        Strace strace = Strace.killing(log, "mkdir", 2);
        Process shell = shell(List.of(), "mkdir a; read; exec mkdir b c d");
        Await.until("it runs", () -> Files.exists(home.resolve("a")));
        try (Strace.Following followed = strace.follow(shell.pid())) {
            shell.outputWriter().append('\n').flush();
            assertEquals(128 + 9, shell.waitFor(), followed::toString);
        }
        assertTrue(Files.exists(home.resolve("b")));
        assertFalse(Files.exists(home.resolve("c")));
    }
}
