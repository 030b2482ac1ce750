// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Keeps the thread that opened it on the first processor it may run on, for tests of what is kept by processor; until
/// it is closed, by the same thread.
final class OneProcessor implements AutoCloseable {
    private static final Path THREAD = Path.of("/proc/thread-self");
    private static final String ALLOWED = "Cpus_allowed_list:";

    private final String before;

    OneProcessor() throws IOException, InterruptedException {
        before = Files.readAllLines(THREAD.resolve("status")).stream()
                .filter(line -> line.startsWith(ALLOWED))
                .map(line -> line.substring(ALLOWED.length()).strip())
                .findFirst()
                .orElseThrow();
        stayOn(before.split("[,-]", 2)[0]);
    }

    private static void stayOn(String processors) throws IOException, InterruptedException {
        String thread = THREAD.toRealPath().getFileName().toString();
        Process taskset = new ProcessBuilder("taskset", "-pc", processors, thread)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertEquals(0, taskset.waitFor(), "taskset");
    }

    @Override
    public void close() throws IOException, InterruptedException {
        stayOn(before);
    }
}
