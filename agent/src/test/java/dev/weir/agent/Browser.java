// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A headless Chromium with one page, driven by its DevTools protocol over a pipe: no port, and no
/// thread of ours. It keeps all that the page complained of and asked for.
final class Browser implements AutoCloseable {
    private static final long END_SECONDS = 30;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path profile;
    private final Process process;
    private final OutputStream commands;
    private final InputStream answers;
    private final List<String> complaints = new ArrayList<>();
    private final List<String> requests = new ArrayList<>();
    private String session = "";
    private int last;

    private Browser() throws IOException {
        profile = Files.createTempDirectory("weir-browser");
        String chromium = String.join(
                " ",
                "exec chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --no-proxy-server",
                "--disable-background-networking --disable-component-update --disable-sync --disable-extensions",
                "--hide-scrollbars --user-data-dir=" + profile + " --remote-debugging-pipe about:blank 3<&0 4>&1");
        process = new ProcessBuilder("sh", "-c", chromium)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        commands = process.getOutputStream();
        answers = process.getInputStream();
    }

    static Browser start() {
        try {
            Browser browser = new Browser();
            String page = browser.call("Target.createTarget", Map.of("url", "about:blank"))
                    .at("/targetId")
                    .asText();
            browser.session = browser.call("Target.attachToTarget", Map.of("targetId", page, "flatten", true))
                    .at("/sessionId")
                    .asText();
            for (String domain : List.of("Runtime", "Log", "Network", "Page")) {
                browser.call(domain + ".enable", Map.of());
            }
            return browser;
        } catch (IOException e) {
            throw new UncheckedIOException("start chromium: is it installed?", e);
        }
    }

    /// Loads a page, or goes to another place of the one that is loaded.
    void open(String url) {
        call("Page.navigate", Map.of("url", url));
    }

    /// What an expression is, as text; an exception that it throws is a complaint of the page.
    String evaluate(String expression) {
        return call("Runtime.evaluate", Map.of("expression", "String(" + expression + ")"))
                .at("/result/value")
                .asText();
    }

    /// Waits until an expression holds.
    void await(String what, String condition) {
        await(what, condition, () -> {});
    }

    /// As the other, and does something before each look.
    void await(String what, String condition, Runnable meanwhile) {
        Await.within(
                java.time.Duration.ofSeconds(END_SECONDS),
                what,
                () -> complaints + " " + evaluate("document.body.innerText"),
                () -> {
                    meanwhile.run();
                    return holds(condition);
                });
    }

    private boolean holds(String condition) {
        try {
            return evaluate(condition).equals("true");
        } catch (IllegalStateException e) {
            if (String.valueOf(e.getMessage()).contains("navigated")) {
                return false; // the page is just being replaced by the one that is waited for
            }
            throw e;
        }
    }

    /// Sets the size of the window, and which colours its reader prefers.
    void look(int width, int height, String scheme) {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        call(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    void screenshot(Path file) throws IOException {
        String image = call("Page.captureScreenshot", Map.of("format", "png"))
                .at("/data")
                .asText();
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, Base64.getDecoder().decode(image));
    }

    /// Errors and warnings of its console, exceptions, and what the content security policy forbade, so far.
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    /// What pages asked for so far.
    List<String> requests() {
        return List.copyOf(requests);
    }

    private JsonNode call(String method, Map<String, ?> parameters) {
        int number = ++last;
        try {
            commands.write(JSON.writeValueAsBytes(
                    session.isEmpty()
                            ? Map.of("id", number, "method", method, "params", parameters)
                            : Map.of("id", number, "method", method, "params", parameters, "sessionId", session)));
            commands.write(0);
            commands.flush();
            while (true) {
                JsonNode message = read();
                if (message.path("id").asInt() != number) {
                    note(message);
                } else if (message.has("error")) {
                    throw new IllegalStateException(method + ": " + message.get("error"));
                } else {
                    return message.path("result");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("tell chromium " + method, e);
        }
    }

    private JsonNode read() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (int c = answers.read(); c != 0; c = answers.read()) {
            if (c < 0) {
                throw new IOException("chromium has ended");
            }
            message.write(c);
        }
        return JSON.readTree(message.toString(StandardCharsets.UTF_8));
    }

    private void note(JsonNode event) {
        switch (event.path("method").asText()) {
            case "Network.requestWillBeSent" ->
                requests.add(event.at("/params/request/url").asText());
            case "Runtime.exceptionThrown" ->
                complaints.add(event.at("/params/exceptionDetails").toString());
            case "Runtime.consoleAPICalled" ->
                complaints.add(event.at("/params/args").toString());
            case "Log.entryAdded" -> complaints.add(event.at("/params/entry").toString());
            default -> {}
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("chromium did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Await.until("its profile is deleted: those that it started may still write there", this::isDeleted);
    }

    private boolean isDeleted() {
        try {
            Files.walkFileTree(profile, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, java.io.IOException failure)
                        throws IOException {
                    Files.delete(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
            return true;
        } catch (IOException e) {
            return !Files.exists(profile);
        }
    }
}
