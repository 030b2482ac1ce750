// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An agent as a process of its own, driven as a user drives it.
final class RunningAgent implements AutoCloseable {
    static final String LISTEN = "127.0.0.1:9876";

    private static final long START_NANOS = 20_000_000_000L;
    private static final Pattern AGE = Pattern.compile("\"ageSeconds\":(\\d+)");

    private final Process process;
    private final Path log;

    private RunningAgent(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /// Starts an agent on the policies below `home` and returns when it says that it is ready.
    static RunningAgent start(Path home) {
        try {
            Path config = Files.writeString(
                    home.resolve("weir.yaml"),
                    "policies: %s\nlisten: %s\n".formatted(home.resolve("policies"), LISTEN));
            Path log = home.resolve("agent.log");
            RunningAgent agent = new RunningAgent(
                    new ProcessBuilder(launcher(), "run", "--config", config.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start(),
                    log);
            agent.awaitReady();
            return agent;
        } catch (IOException e) {
            throw new UncheckedIOException("start an agent", e);
        }
    }

    /// What a command of Weir prints.
    static String command(Path home, String arguments) {
        List<String> command = new ArrayList<>(List.of(launcher()));
        command.addAll(List.of(arguments.split(" ")));
        command.add("--config");
        command.add(home.resolve("weir.yaml").toString());
        return Shell.attempt(command).output();
    }

    /// The body of the answer to a GET.
    String get(String path) throws IOException {
        HttpURLConnection connection = open(path);
        try (InputStream body =
                connection.getResponseCode() < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static HttpURLConnection open(String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://" + LISTEN + path).toURL().openConnection();
        connection.setConnectTimeout(2_000);
        connection.setReadTimeout(10_000);
        return connection;
    }

    /// What `/metrics` says of a rule, in all namespaces.
    long rulePackets(String rule) throws IOException {
        return get("/metrics")
                .lines()
                .filter(line -> line.startsWith("weir_rule_packets_total{") && line.contains("rule=\"" + rule + "\""))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /// Age of the oldest flow; -1 if there is none.
    long flowAgeSeconds() throws IOException {
        Matcher ages = AGE.matcher(get("/api/v1/flows?sort=age&limit=1"));
        return ages.find() ? Long.parseLong(ages.group(1)) : -1;
    }

    /// Ends it as the kernel's out-of-memory killer would.
    void kill() {
        process.destroyForcibly();
        await();
    }

    @Override
    public void close() {
        process.destroy();
        await();
    }

    private void await() {
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Asks until the agent is ready: each question takes the time of a connection, and all together a bounded time.
    private void awaitReady() throws IOException {
        long start = System.nanoTime();
        while (System.nanoTime() - start < START_NANOS && process.isAlive()) {
            try {
                if (open("/readyz").getResponseCode() == HttpURLConnection.HTTP_OK) {
                    return;
                }
            } catch (ConnectException e) {
                Thread.onSpinWait(); // not listening yet
            }
        }
        throw new IllegalStateException("the agent did not become ready; it said:\n" + Files.readString(log));
    }

    private static String launcher() {
        return System.getProperty("weir.launcher", "weir");
    }
}
