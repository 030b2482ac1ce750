// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.event.EventLog;
import dev.weir.agent.view.EventView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// An agent as a process of its own that may go on for long: what it says is taken from it. [#close] kills it.
///
/// How much it holds is seen neither in its resident memory alone nor at any moment. Garbage that has grown
/// old, such as events that made room for later ones, lies on the heap until that is full, so what lives is
/// counted instead; all of the heap is made resident beforehand, so that what is resident beyond it lies
/// elsewhere. And each tenant has descriptors of links, each turn one of a map, so those are counted when
/// there is neither.
final class WatchedAgent implements AutoCloseable {
    /// Enough for one between two turns.
    private static final int LOOKS = 10;

    private static final long HEAP_KIBIBYTES = (long) AgentProcess.HEAP_MEBIBYTES << 10;

    /// One arena of malloc, as `bin/weir` has it: with more, it depends on chance how many of them grow.
    private static final List<String> ENVIRONMENT = List.of(
            "env",
            "MALLOC_ARENA_MAX=1",
            "JDK_JAVA_OPTIONS=-Xms%dm -XX:+AlwaysPreTouch".formatted(AgentProcess.HEAP_MEBIBYTES));

    private final AgentProcess process;
    private final Thread reader;

    /// Returns when it enforces and serves.
    WatchedAgent(Path config) {
        process = AgentProcess.enforcing(ENVIRONMENT, config);
        reader = Thread.ofPlatform().start(() -> process.readUntil("\0"));
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// What it holds of the system's resources.
    ///
    /// @param heap what lives there
    /// @param outsideKibibytes resident memory that is not of the heap
    record Size(HeapCensus heap, long outsideKibibytes, long descriptors, long threads) {
        /// The less of both, one by one: without what is held for a moment only.
        Size least(Size other) {
            return new Size(
                    heap.bytes() < other.heap.bytes() ? heap : other.heap,
                    Math.min(outsideKibibytes, other.outsideKibibytes),
                    Math.min(descriptors, other.descriptors),
                    Math.min(threads, other.threads));
        }

        @Override
        public String toString() {
            return "%,d bytes live on the heap, %,d KiB resident outside of it, %d descriptors, %d threads"
                    .formatted(heap.bytes(), outsideKibibytes, descriptors, threads);
        }
    }

    /// The least of some looks in a few seconds, in which nothing should change that it follows.
    Size size() {
        return Stream.generate(this::look).limit(LOOKS).reduce(Size::least).orElseThrow();
    }

    /// Whether it keeps as many events as it ever will.
    boolean keepsAllItMay() {
        return look().heap.count(EventView.class).instances() >= EventLog.CAPACITY;
    }

    private Size look() {
        if (!process.isAlive()) {
            throw new AssertionError("the agent has ended: " + process.awaitEnd());
        }
        HeapCensus heap = HeapCensus.of(process.pid());
        Path proc = Path.of("/proc", String.valueOf(process.pid()));
        try (Stream<Path> descriptors = Files.list(proc.resolve("fd"))) {
            return new Size(
                    heap, status(proc, "VmRSS:") - HEAP_KIBIBYTES, descriptors.count(), status(proc, "Threads:"));
        } catch (IOException e) {
            throw new UncheckedIOException("look at the agent", e);
        }
    }

    private static long status(Path proc, String name) throws IOException {
        return Files.readAllLines(proc.resolve("status")).stream()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    @Override
    public void close() {
        ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
        try {
            reader.join(); // it reads its last words, as does the end of the process
            Files.deleteIfExists(Path.of("/tmp/.java_pid" + process.pid())); // where it was spoken to
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException("remove what the agent has left", e);
        } finally {
            process.close();
        }
    }
}
