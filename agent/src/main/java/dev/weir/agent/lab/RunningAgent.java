// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An agent as a process of its own, driven as a user drives it.
public final class RunningAgent implements AutoCloseable {
    /// The port of the loopback address where it listens.
    public static final int PORT = 9876;

    static final String LISTEN = "127.0.0.1:" + PORT;

    /// Read by `scripts/weir`.
    private static final String JVM_OPTIONS = "WEIR_JAVA_OPTS";

    private static final long PATIENCE_NANOS = 120_000_000_000L;
    private static final long BETWEEN_QUESTIONS_NANOS = 10_000_000; // an agent that starts answers slowly
    private static final Pattern AGE = Pattern.compile("\"ageSeconds\":(\\d+)");

    private final Process process;
    private final Path log;
    private final double readyMillis;

    private RunningAgent(Path home, String jvmOptions, String settings) throws IOException {
        Path config = Files.writeString(
                home.resolve("weir.yaml"),
                "policies: %s\nlisten: %s\n%s".formatted(home.resolve("policies"), LISTEN, settings));
        log = home.resolve("agent.log");
        long start = System.nanoTime();
        ProcessBuilder agent = new ProcessBuilder(launcher(), "run", "--config", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        agent.environment().merge(JVM_OPTIONS, jvmOptions, (given, added) -> given + " " + added);
        process = agent.start();
        awaitReady(start);
        readyMillis = (System.nanoTime() - start) / 1e6;
    }

    /// Starts an agent on the policies below `home` and returns when it says that it is ready.
    public static RunningAgent start(Path home) {
        return start(home, "");
    }

    /// As [#start(Path)], with more options for its JVM.
    public static RunningAgent start(Path home, String jvmOptions) {
        return start(home, jvmOptions, "");
    }

    /// As [#start(Path, String)], with more lines of `weir.yaml`.
    public static RunningAgent start(Path home, String jvmOptions, String settings) {
        try {
            return new RunningAgent(home, jvmOptions, settings);
        } catch (IOException e) {
            throw new UncheckedIOException("start an agent, " + launcher(), e);
        }
    }

    /// From the start of the process until it said that it is ready.
    public double readyMillis() {
        return readyMillis;
    }

    /// What it has in memory now.
    public double residentMebibytes() {
        return memoryMebibytes("VmRSS:");
    }

    /// The most that it ever had in memory.
    public double residentPeakMebibytes() {
        return memoryMebibytes("VmHWM:");
    }

    /// How long processors have worked for it, to a hundredth of a second (proc(5): `utime` and `stime`, in ticks of
    /// which a second has 100).
    public double processorSeconds() {
        try {
            String status = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            String[] fields = status.substring(status.lastIndexOf(')') + 2).split(" ", -1);
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
        } catch (IOException e) {
            throw new UncheckedIOException("read what the agent has worked", e);
        }
    }

    private double memoryMebibytes(String what) {
        try {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                            .filter(line -> line.startsWith(what))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .sum()
                    / 1024.0;
        } catch (IOException e) {
            throw new UncheckedIOException("read the memory of the agent", e);
        }
    }

    /// What a command of Weir prints.
    public static String command(Path home, String arguments) {
        List<String> command = new ArrayList<>(List.of(launcher()));
        command.addAll(List.of(arguments.split(" ")));
        command.add("--config");
        command.add(home.resolve("weir.yaml").toString());
        return Shell.run(command);
    }

    /// The body of the answer to a GET.
    ///
    /// @throws IOException when there is none, or it is an error
    public byte[] get(String path) throws IOException {
        try (InputStream body = open(path).getInputStream()) {
            return body.readAllBytes();
        }
    }

    /// [#get], as text.
    String text(String path) throws IOException {
        return new String(get(path), StandardCharsets.UTF_8);
    }

    private static HttpURLConnection open(String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://" + LISTEN + path).toURL().openConnection();
        connection.setConnectTimeout(2_000);
        connection.setReadTimeout(10_000);
        return connection;
    }

    /// What `/metrics` says of a rule, in all namespaces.
    public long rulePackets(String rule) throws IOException {
        return text("/metrics")
                .lines()
                .filter(line -> line.startsWith("weir_rule_packets_total{") && line.contains("rule=\"" + rule + "\""))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /// Age of the oldest flow; -1 if there is none.
    long flowAgeSeconds() throws IOException {
        Matcher ages = AGE.matcher(text("/api/v1/flows?sort=age&limit=1"));
        return ages.find() ? Long.parseLong(ages.group(1)) : -1;
    }

    /// Ends it as the kernel's out-of-memory killer would.
    public void kill() {
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

    private void awaitReady(long start) throws IOException {
        while (System.nanoTime() - start < PATIENCE_NANOS && process.isAlive()) {
            if (ready()) {
                return;
            }
            LockSupport.parkNanos(BETWEEN_QUESTIONS_NANOS); // leave the processor to the agent
        }
        close();
        throw new IllegalStateException("the agent did not become ready; it said:\n" + Files.readString(log));
    }

    private static boolean ready() {
        try {
            return open("/readyz").getResponseCode() == HttpURLConnection.HTTP_OK;
        } catch (IOException e) {
            return false; // not listening yet, or not any more: then its process has ended, which ends the waiting
        }
    }

    private static String launcher() {
        return System.getProperty("weir.launcher", "weir");
    }
}
