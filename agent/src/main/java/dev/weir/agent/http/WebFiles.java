// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The dashboard: files of the jar. They are listed here by name and read once, so that no path that a client makes
/// up leads to another one.
final class WebFiles {
    /// All of them, as they lie beside each other in the jar.
    static final List<String> NAMES = List.of(
            "index.html",
            "weir.css",
            "icon.svg",
            "agent.js",
            "denials.js",
            "dom.js",
            "edges.js",
            "events.js",
            "filters.js",
            "format.js",
            "layout.js",
            "main.js",
            "map.js",
            "parts.js",
            "poll.js",
            "rates.js",
            "rules.js",
            "table.js",
            "token.js",
            "traffic.js",
            "view-events.js",
            "view-flows.js",
            "view-health.js",
            "view-namespace.js",
            "view-namespaces.js",
            "view-overview.js",
            "view-policies.js");

    private static final String DIRECTORY = "/dev/weir/agent/web/";

    /// Nothing but these files and this agent's answers, nothing inside the page that is not in them, and the page in
    /// no other one: names that tenants chose are shown here (CSP Level 3).
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    private static final Map<String, String> HEADERS = Map.of(
            "content-security-policy", CONTENT_SECURITY_POLICY,
            "referrer-policy", "no-referrer",
            "cross-origin-opener-policy", "same-origin",
            "cross-origin-resource-policy", "same-origin",
            "cache-control", "no-cache"); // kept, but asked for anew by its tag

    private final Map<String, Reply> byPath = new HashMap<>();

    /// @throws IllegalStateException if one is not in the jar
    WebFiles() {
        for (String name : NAMES) {
            byPath.put(name.equals("index.html") ? "/" : "/web/" + name, read(name));
        }
    }

    /// The file at `path`, or that it has not changed; null where there is none.
    ///
    /// @param known the client's `If-None-Match`; null without
    @Nullable
    Reply answer(String path, @Nullable String known) {
        Reply file = byPath.get(path);
        if (file == null || known == null || !isAmong(file.headers().getOrDefault("etag", ""), known)) {
            return file;
        }
        return Reply.of(HttpResponseStatus.NOT_MODIFIED, file.contentType(), file.headers(), new byte[0]);
    }

    /// The weak comparison of RFC 9110, 8.8.3.2.
    private static boolean isAmong(String tag, String list) {
        return Arrays.stream(list.split(",", -1))
                .map(String::strip)
                .map(each -> each.startsWith("W/") ? each.substring(2) : each)
                .anyMatch(each -> each.equals("*") || each.equals(tag));
    }

    private static Reply read(String name) {
        try (InputStream in = WebFiles.class.getResourceAsStream(DIRECTORY + name)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + DIRECTORY + name + ": it was not built whole");
            }
            byte[] body = in.readAllBytes();
            Map<String, String> headers = new HashMap<>(HEADERS);
            headers.put("etag", '"' + hash(body) + '"');
            return Reply.of(HttpResponseStatus.OK, type(name), headers, body);
        } catch (IOException e) {
            throw new UncheckedIOException("read " + DIRECTORY + name + " out of the jar", e);
        }
    }

    private static String type(String name) {
        return switch (name.substring(name.lastIndexOf('.'))) {
            case ".html" -> "text/html; charset=utf-8";
            case ".css" -> "text/css; charset=utf-8";
            case ".js" -> "text/javascript; charset=utf-8";
            default -> "image/svg+xml";
        };
    }

    private static String hash(byte[] body) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(body);
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
