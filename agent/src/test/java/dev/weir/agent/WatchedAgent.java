// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// An agent as a process of its own that may go on for long: what it says is taken from it. [#close] kills it.
final class WatchedAgent implements AutoCloseable {
    private final AgentProcess process;
    private final Thread reader;

    /// Returns when it enforces and serves.
    WatchedAgent(Path config) {
        process = AgentProcess.enforcing(config);
        reader = Thread.ofPlatform().start(() -> process.readUntil("\0"));
    }

    /// What it holds of the system's resources.
    record Size(long residentKibibytes, long descriptors, long threads) {
        static final Size NONE = new Size(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);

        /// The less of both, one by one: without what is held for a moment only.
        Size least(Size other) {
            return new Size(
                    Math.min(residentKibibytes, other.residentKibibytes),
                    Math.min(descriptors, other.descriptors),
                    Math.min(threads, other.threads));
        }
    }

    Size size() {
        Path proc = Path.of("/proc", String.valueOf(process.pid()));
        try (Stream<Path> descriptors = Files.list(proc.resolve("fd"))) {
            return new Size(status(proc, "VmRSS:"), descriptors.count(), status(proc, "Threads:"));
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
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        process.close();
    }
}
