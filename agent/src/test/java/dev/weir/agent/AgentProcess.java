// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `weir` as a process of its own, where being killed and exit codes matter.
final class AgentProcess implements AutoCloseable {
    /// The most that the objects of one may take.
    static final int HEAP_MEBIBYTES = 64;

    private static final long LIMIT_SECONDS = 20;

    private static final Pattern SERVING = Pattern.compile("serving https?://([0-9.]+):([0-9]+)");

    private final Process process;
    private final BufferedReader output;
    private final StringBuilder said = new StringBuilder();

    private AgentProcess(Process process) {
        this.process = process;
        this.output = process.inputReader();
    }

    /// What a command that ended on its own left.
    record Ended(int status, String output) {}

    /// Starts an agent on a port that is free, and returns when it enforces and serves.
    static AgentProcess enforcing(Path policies, Path bpffs) {
        return enforcing(List.of(), "--policies", policies.toString(), "--bpffs", bpffs.toString());
    }

    /// As the other, with what a configuration file says.
    static AgentProcess enforcing(Path config) {
        return enforcing(List.of(), config);
    }

    /// As the other, by way of another command.
    static AgentProcess enforcing(List<String> by, Path config) {
        return enforcing(by, "--config", config.toString());
    }

    private static AgentProcess enforcing(List<String> by, String... options) {
        AgentProcess agent = starting(by, options);
        if (!agent.enforces()) {
            throw new AssertionError("the agent did not come up: " + agent.awaitEnd());
        }
        return agent;
    }

    /// Starts an agent by way of another command, such as that of [Strace], and does not wait for it.
    static AgentProcess starting(List<String> by, String... options) {
        List<String> command = new ArrayList<>(List.of("run", "--listen", "127.0.0.1:0"));
        command.addAll(List.of(options));
        return launch(by, command.toArray(String[]::new));
    }

    /// Waits until it enforces and serves; false if it ends before.
    boolean enforces() {
        return readUntil("; serving ");
    }

    /// Where one serves that said that it does.
    InetSocketAddress address() {
        Matcher where = SERVING.matcher(said);
        assertTrue(where.find(), said::toString);
        return new InetSocketAddress(where.group(1), Integer.parseInt(where.group(2)));
    }

    /// What it answers over HTTP, as text, be it an error.
    String get(String path) throws IOException {
        URI uri = URI.create(
                "http://%s:%d%s".formatted(address().getHostString(), address().getPort(), path));
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setConnectTimeout(10_000);
        connection.setReadTimeout(10_000);
        try (InputStream body =
                connection.getResponseCode() < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    long pid() {
        return process.pid();
    }

    /// Runs a command to its end, which must be without a stack trace.
    static Ended run(String... arguments) {
        return run(List.of(), arguments);
    }

    /// Runs a command by way of another, which takes it as its last words.
    static Ended run(List<String> by, String... arguments) {
        try (AgentProcess process = launch(by, arguments)) {
            CompletableFuture.delayedExecutor(LIMIT_SECONDS, TimeUnit.SECONDS)
                    .execute(() -> process.handle().destroyForcibly());
            return process.awaitEnd();
        }
    }

    /// Starts a command by way of another, and does not wait for it.
    static AgentProcess launch(List<String> by, String... arguments) {
        List<String> command = new ArrayList<>(by);
        command.addAll(command(arguments));
        try {
            return new AgentProcess(
                    new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What runs a command as a process.
    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx" + HEAP_MEBIBYTES + "m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /// Reads what it says up to a line that contains `text`; false if it ends before.
    boolean readUntil(String text) {
        try {
            String line = output.readLine();
            while (line != null) {
                said.append(line).append('\n');
                if (line.contains(text)) {
                    return true;
                }
                line = output.readLine();
            }
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Unlike the process itself, its handle leaves open the stream with its last words.
    private ProcessHandle handle() {
        return process.toHandle();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// Kills it as the kernel's out-of-memory killer would.
    void kill() {
        handle().destroyForcibly();
        awaitEnd();
    }

    /// Tells it to end, by SIGTERM.
    void tellToEnd() {
        handle().destroy();
    }

    /// Tells it to end, and waits until it has.
    Ended terminate() {
        tellToEnd();
        return awaitEnd();
    }

    /// Waits until it has ended, in order or not.
    Ended awaitEnd() {
        readUntil("\0");
        try {
            assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "it did not end");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        assertFalse(said.toString().contains("\tat "), () -> "a stack trace: " + said);
        assertFalse(said.toString().contains("internal error"), said::toString);
        return new Ended(process.exitValue(), said.toString());
    }

    @Override
    public void close() {
        handle().destroyForcibly();
        awaitEnd();
    }
}
