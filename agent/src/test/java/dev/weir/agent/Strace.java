// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Writes down the system calls of a process, and kills it before one of them or makes that fail: strace(1). A
/// filter by seccomp would make it quicker, but then strace 6.1 does not deliver the signal.
final class Strace {
    /// The calls by which the kernel's state and what is pinned are changed.
    static final List<String> CALLS =
            List.of("bpf", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat2");

    private static final Pattern CALL = Pattern.compile("^([0-9]+) +([a-z0-9_]+)\\((.*)$");
    private static final Pattern FIRST_WORD = Pattern.compile("^[A-Z_]+");

    private final Path log;
    private final List<String> injection;

    private Strace(Path log, List<String> injection) {
        this.log = log;
        this.injection = injection;
    }

    /// A system call, as strace counts it.
    ///
    /// @param thread that makes it
    /// @param name such as `bpf`
    /// @param number of this among the thread's calls of this name, from 1
    /// @param text its arguments and what it returned
    record Call(int thread, String name, int number, String text) {
        /// The command of bpf(2), such as `BPF_MAP_CREATE`; else the name.
        String kind() {
            Matcher command = FIRST_WORD.matcher(text);
            return name.equals("bpf") && command.find() ? command.group() : name;
        }

        @Override
        public String toString() {
            return "%s %d of thread %d: %s(%s".formatted(name, number, thread, name, text);
        }
    }

    /// Only writes down.
    ///
    /// @param log is written anew
    static Strace writing(Path log) {
        return new Strace(log, List.of());
    }

    /// Kills the process when a thread is about to make its call `number`, from 1, of this name.
    static Strace killing(Path log, String name, int number) {
        return injecting(log, name, number, "signal=KILL");
    }

    /// Makes call `number` of each thread, from 1, of this name fail with an error such as `ENOMEM`, undone.
    static Strace failing(Path log, String name, int number, String error) {
        return injecting(log, name, number, "error=" + error);
    }

    /// As the other, and likewise every later one.
    static Strace failingFrom(Path log, String name, int number, String error) {
        return new Strace(log, List.of("-e", "inject=%s:error=%s:when=%d+".formatted(name, error, number)));
    }

    private static Strace injecting(Path log, String name, int number, String what) {
        return new Strace(log, List.of("-e", "inject=%s:%s:when=%d".formatted(name, what, number)));
    }

    /// The command by which to start a process that stays the child of who starts it.
    List<String> command() {
        List<String> command = new ArrayList<>(options());
        command.add(1, "-D");
        return command;
    }

    private List<String> options() {
        List<String> options = new ArrayList<>(List.of("strace", "-f", "-qq", "-s", "128", "-o", log.toString()));
        options.addAll(List.of("-e", "signal=none", "-e", "trace=" + String.join(",", CALLS)));
        options.addAll(injection);
        return options;
    }

    /// Follows a process that runs, until it is closed; calls are counted from now on.
    Following follow(long pid) {
        List<String> command = options();
        command.addAll(List.of("-p", Long.toString(pid)));
        try {
            Files.deleteIfExists(log);
            Process strace = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Await.until("strace follows every thread of " + pid, () -> followed(pid) || !strace.isAlive());
            return new Following(strace);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean followed(long pid) {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return threads.allMatch(Strace::isTraced);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isTraced(Path thread) {
        try {
            return !Files.readString(thread.resolve("status")).contains("TracerPid:\t0\n");
        } catch (IOException e) {
            return true; // the thread has ended
        }
    }

    /// A process under observation, which goes on when this is closed.
    record Following(Process strace) implements AutoCloseable {
        @Override
        public void close() {
            strace.destroy();
            try {
                if (!strace.waitFor(20, TimeUnit.SECONDS)) {
                    throw new AssertionError("strace did not let go");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// What was called until now, in this order.
    List<Call> calls() {
        List<Call> calls = new ArrayList<>();
        Map<String, Integer> numbers = new HashMap<>();
        try {
            for (String line : Files.readAllLines(log)) {
                Matcher call = CALL.matcher(line);
                if (call.matches()) {
                    int number = numbers.merge(call.group(1) + call.group(2), 1, Integer::sum);
                    calls.add(new Call(Integer.parseInt(call.group(1)), call.group(2), number, call.group(3)));
                }
            }
        } catch (NoSuchFileException e) {
            return List.of(); // nothing was called yet
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return calls;
    }
}
