// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Writes down the system calls of a process, and kills it before one of them or makes that fail: strace(1). A
/// filter by seccomp makes it quicker, but with it strace 6.1 does not deliver the signal.
final class Strace {
    /// The calls by which the kernel's state and what is pinned are changed.
    static final List<String> CALLS =
            List.of("bpf", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat2");

    private static final Pattern CALL = Pattern.compile("^(?:([0-9]+) +)?([a-z0-9_]+)\\((.*)$");
    private static final Pattern FIRST_WORD = Pattern.compile("^[A-Z_]+");

    private final Path log;
    private final Set<String> traced = new TreeSet<>(CALLS);
    private final List<String> injection;

    private Strace(Path log, List<String> injection, String... names) {
        this.log = log;
        this.injection = injection;
        traced.addAll(List.of(names));
    }

    /// A system call, as strace counts it.
    ///
    /// @param thread that makes it; 0 where only one is followed
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

    /// Calls by their kind, in the order in which each kind comes first.
    static Map<String, List<Call>> byKind(List<Call> calls) {
        Map<String, List<Call>> kinds = new LinkedHashMap<>();
        calls.forEach(call ->
                kinds.computeIfAbsent(call.kind(), kind -> new ArrayList<>()).add(call));
        return kinds;
    }

    /// Only writes down.
    ///
    /// @param log is written anew
    /// @param names of calls to be written down beside those of [#CALLS]
    static Strace writing(Path log, String... names) {
        return new Strace(log, List.of(), names);
    }

    /// Kills the process when a thread is about to make its call `number`, from 1, of this name.
    static Strace killing(Path log, String name, int number) {
        return injecting(log, name, Integer.toString(number), "signal=KILL");
    }

    /// Makes call `number` of each thread, from 1, of this name fail with an error such as `ENOMEM`, undone.
    static Strace failing(Path log, String name, int number, String error) {
        return injecting(log, name, Integer.toString(number), "error=" + error);
    }

    /// As the other, and likewise every later one.
    static Strace failingFrom(Path log, String name, int number, String error) {
        return injecting(log, name, number + "+", "error=" + error);
    }

    /// Holds up call `number` of each thread, from 1, of this name for so long before it is made.
    static Strace delaying(Path log, String name, int number, long millis) {
        return injecting(log, name, Integer.toString(number), "delay_enter=" + millis * 1000);
    }

    private static Strace injecting(Path log, String name, String when, String what) {
        // strace touches no call that it does not trace
        return new Strace(log, List.of("-e", "inject=%s:%s:when=%s".formatted(name, what, when)), name);
    }

    /// Writes down calls of another name too, with which nothing is done.
    Strace noting(String name) {
        return new Strace(
                log, injection, Stream.concat(traced.stream(), Stream.of(name)).toArray(String[]::new));
    }

    /// The command by which to start a process that stays the child of who starts it.
    List<String> command() {
        List<String> command = options(log.toString());
        command.addAll(1, List.of("-D", "-f"));
        if (injection.stream().anyMatch(each -> each.contains(":error="))) {
            command.add(1, "--seccomp-bpf"); // the rest of the start goes on at full speed
        }
        return command;
    }

    private List<String> options(String output) {
        List<String> options = new ArrayList<>(List.of("strace", "-qq", "-y", "-s", "128", "-o", output));
        options.addAll(List.of("-e", "signal=none", "-e", "trace=" + String.join(",", traced)));
        options.addAll(injection);
        return options;
    }

    /// Follows a process that runs, until it is closed; calls are counted from now on.
    Following follow(long pid) {
        return follow(List.of("-f", "-p", Long.toString(pid)), () -> threads(pid).stream());
    }

    /// As the other, but follows only the thread of this name.
    Following follow(long pid, String thread) {
        Path one = threads(pid).stream()
                .filter(each -> name(each).equals(thread))
                .findAny()
                .orElseThrow(() -> new AssertionError("no thread is called " + thread));
        return follow(List.of("-p", one.getFileName().toString()), () -> Stream.of(one));
    }

    private Following follow(List<String> whom, Supplier<Stream<Path>> threads) {
        List<String> command = options("|exec cat >" + log); // a pipe gets every line at once, a file when it is full
        command.addAll(1, whom);
        try {
            Files.deleteIfExists(log);
            Process strace = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            Await.until(
                    "strace follows",
                    () -> command,
                    () -> threads.get().allMatch(Strace::isTraced) || !strace.isAlive());
            return new Following(strace);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> threads(long pid) {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return threads.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The kernel keeps 15 bytes of it.
    private static String name(Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).strip();
        } catch (IOException e) {
            return ""; // the thread has ended
        }
    }

    private static boolean isTraced(Path thread) {
        try {
            return !Files.readString(thread.resolve("status")).contains("TracerPid:\t0\n");
        } catch (IOException e) {
            return true; // the thread has ended
        }
    }

    /// A process under observation, which goes on when this is closed. One that is about to die must have
    /// died before, or strace and the kernel may wait for each other.
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
                    int thread = call.group(1) == null ? 0 : Integer.parseInt(call.group(1));
                    int number = numbers.merge(thread + call.group(2), 1, Integer::sum);
                    calls.add(new Call(thread, call.group(2), number, call.group(3)));
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
