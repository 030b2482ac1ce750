// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Debian's Prometheus, which scrapes an agent every other second and keeps what it is told in a directory.
final class Prometheus implements AutoCloseable {
    /// For a program that starts, or evaluates, on a machine however busy.
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int TIMEOUT_MILLIS = 10_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final Path log;
    private final int port;

    private Prometheus(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /// Starts one, and returns when it answers.
    ///
    /// @param directory that is its own, and not there yet
    /// @param rules file of alert rules
    static Prometheus scraping(InetSocketAddress agent, Path rules, Path directory) throws IOException {
        return scraping(agent, "", rules, directory);
    }

    /// As the other.
    ///
    /// @param way what else its configuration says of how to ask the agent
    static Prometheus scraping(InetSocketAddress agent, String way, Path rules, Path directory) throws IOException {
        Files.createDirectory(directory);
        Path config = Files.writeString(directory.resolve("prometheus.yml"), """
                        global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s}
                        rule_files: ["%s"]
                        scrape_configs:
                          - job_name: weir
                            static_configs: [{targets: ["%s:%d"]}]
                        %s""".formatted(
                        rules.toAbsolutePath().normalize(), agent.getHostString(), agent.getPort(), way.indent(4)));
        int port = freePort();
        Path log = directory.resolve("log");
        Process process = new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + directory.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port,
                        "--log.level=warn")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Prometheus started = new Prometheus(process, log, port);
        try {
            Await.within(PATIENCE, "Prometheus is ready", started::log, started::isReady);
        } catch (AssertionError e) {
            started.close();
            throw e;
        }
        return started;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private boolean isReady() {
        if (!process.isAlive()) {
            throw new AssertionError("Prometheus has ended: " + log());
        }
        try {
            HttpURLConnection connection = connect("/-/ready");
            int status = connection.getResponseCode();
            connection.disconnect();
            return status == HttpURLConnection.HTTP_OK;
        } catch (IOException e) {
            return false; // it does not listen yet
        }
    }

    /// What it logged.
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What an expression evaluates to now: an array of series, each with `metric` and `value`.
    ///
    /// @throws AssertionError if it is refused
    JsonNode query(String expression) {
        return get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
                .get("result");
    }

    /// The `data` of an answer of its HTTP API.
    ///
    /// @throws AssertionError if it is an error
    JsonNode get(String path) {
        try {
            HttpURLConnection connection = connect(path);
            try (InputStream body =
                    connection.getResponseCode() < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                JsonNode answer = JSON.readTree(body);
                if (!answer.path("status").asText().equals("success")) {
                    throw new AssertionError(path + ": " + answer);
                }
                return answer.get("data");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(path + "; it logged: " + log(), e);
        }
    }

    private HttpURLConnection connect(String path) throws IOException {
        HttpURLConnection connection = (HttpURLConnection)
                URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        return connection;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("Prometheus does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
