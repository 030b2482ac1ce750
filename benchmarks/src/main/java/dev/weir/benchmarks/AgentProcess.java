// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.lab.Shell;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/// `dist/bin/weir run` as a process of its own, timed from the moment it was started.
final class AgentProcess implements AutoCloseable {
    private static final String LISTEN = "127.0.0.1:9876";
    private static final long PATIENCE_NANOS = 30_000_000_000L;
    private static final long BETWEEN_QUESTIONS_NANOS = 1_000_000;

    private final Process process;
    private final Path log;
    private final double readyMillis;

    private AgentProcess(Path home) {
        log = home.resolve("agent.log");
        long start = System.nanoTime();
        try {
            process = new ProcessBuilder(
                            launcher(),
                            "run",
                            "--config",
                            home.resolve("weir.yaml").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("start " + launcher() + "; `make build` makes it", e);
        }
        awaitReady(start);
        readyMillis = (System.nanoTime() - start) / 1e6;
    }

    /// Starts an agent on the policies in `home/policies` and returns when `/readyz` says 200.
    static AgentProcess start(Path home) {
        return new AgentProcess(home);
    }

    /// Writes the configuration of an agent whose home this is.
    static void configure(Path home) throws IOException {
        Files.createDirectories(home.resolve("policies"));
        Files.writeString(
                home.resolve("weir.yaml"),
                "policies: %s\nlisten: %s\nspoof-guard: false\n".formatted(home.resolve("policies"), LISTEN));
    }

    /// Removes what agents left in the kernel.
    static void detach(Path home) {
        Shell.run(launcher() + " detach --config " + home.resolve("weir.yaml"));
    }

    /// From the start of the process to the first 200 of `/readyz`.
    double readyMillis() {
        return readyMillis;
    }

    /// What it has in memory now.
    double residentMebibytes() {
        try {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                            .filter(line -> line.startsWith("VmRSS:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .sum()
                    / 1024.0;
        } catch (IOException e) {
            throw new UncheckedIOException("read the memory of the agent", e);
        }
    }

    /// Reads all of `/metrics`; returns the time that took.
    double scrapeMillis() {
        long start = System.nanoTime();
        try {
            HttpURLConnection connection = open("/metrics");
            try (InputStream body = connection.getInputStream()) {
                body.readAllBytes();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("scrape the agent", e);
        }
        return (System.nanoTime() - start) / 1e6;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitReady(long start) {
        while (System.nanoTime() - start < PATIENCE_NANOS && process.isAlive()) {
            if (ready()) {
                return;
            }
            LockSupport.parkNanos(BETWEEN_QUESTIONS_NANOS); // leave the processor to the agent
        }
        close();
        try {
            throw new IllegalStateException("the agent did not become ready; it said:\n" + Files.readString(log));
        } catch (IOException e) {
            throw new UncheckedIOException("read " + log, e);
        }
    }

    private static boolean ready() {
        try {
            return open("/readyz").getResponseCode() == HttpURLConnection.HTTP_OK;
        } catch (ConnectException e) {
            return false; // not listening yet
        } catch (IOException e) {
            throw new UncheckedIOException("ask the agent whether it is ready", e);
        }
    }

    private static HttpURLConnection open(String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://" + LISTEN + path).toURL().openConnection();
        connection.setConnectTimeout(2_000);
        connection.setReadTimeout(10_000);
        return connection;
    }

    private static String launcher() {
        return Path.of("dist/bin/weir").toAbsolutePath().toString();
    }
}
