// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.weir.agent.secret.BearerToken;
import dev.weir.agent.secret.SecretException;
import dev.weir.agent.secret.SecretFile;
import dev.weir.agent.view.Json;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Asks the agent one question over HTTP/1.0, which needs neither chunks nor a client library: the
/// answer has a length, or goes on until the connection ends.
final class AgentClient {
    private static final Duration READ = Duration.ofSeconds(15);

    /// A stream says something every 15 seconds.
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private static final int OK = 200;
    private static final int MAX_HEADER_BYTES = 16384;
    private static final int MAX_BODY_BYTES = 1 << 26;

    /// What is read of a problem (RFC 9457).
    record Refusal(@Nullable String detail) {}

    private AgentClient() {}

    /// The body of the answer to a GET.
    /// @throws java.net.ConnectException when nobody listens there
    /// @throws IOException when the answer is no HTTP, not complete, or not a success; then with what it says
    static byte[] get(AgentAddress address, String target) throws IOException {
        try (AgentConnection connection = ask(address, target, "", READ)) {
            InputStream in = new BufferedInputStream(connection.input());
            return whole(in, header(in));
        } catch (SocketTimeoutException e) {
            throw new IOException("no answer within " + READ.toSeconds() + " seconds", e);
        }
    }

    /// The answer to a GET that has no end, as it comes.
    /// @param position of a stream where it is to go on; null: from where it begins
    /// @throws java.net.ConnectException when nobody listens there
    /// @throws IOException when the answer is no HTTP or not a success; then with what it says
    static EventSource stream(AgentAddress address, String target, @Nullable String position) throws IOException {
        String headers = position == null ? "" : "Last-Event-ID: " + position + "\r\n";
        AgentConnection connection = ask(address, target, headers, SILENCE);
        try {
            InputStream in = new BufferedInputStream(connection.input());
            String[] header = header(in);
            if (status(header) != OK) {
                whole(in, header); // says why
            }
            return new EventSource(in, connection, position);
        } catch (IOException e) {
            connection.close();
            throw e;
        }
    }

    private static AgentConnection ask(AgentAddress address, String target, String headers, Duration patience)
            throws IOException {
        String shown = shown(address.token());
        AgentConnection connection = AgentConnection.open(address, patience);
        try {
            String request = "GET " + target + " HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n" + shown
                    + headers + "\r\n";
            connection.output().write(request.getBytes(US_ASCII));
            return connection;
        } catch (IOException e) {
            connection.close();
            throw e;
        }
    }

    private static String shown(@Nullable SecretFile token) throws IOException {
        if (token == null) {
            return "";
        }
        try {
            return "Authorization: " + BearerToken.read(token).credentials() + "\r\n";
        } catch (SecretException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static byte[] whole(InputStream in, String[] header) throws IOException {
        int length = -1;
        for (String line : header) {
            if (line.toLowerCase(Locale.ROOT).matches("content-length: *\\d{1,9}")) {
                length = Integer.parseInt(line.substring(line.indexOf(':') + 1).trim());
            }
        }
        if (length < 0 || length > MAX_BODY_BYTES) {
            throw new IOException("the answer says no length, or more than " + MAX_BODY_BYTES + " bytes");
        }
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("the answer ends after " + body.length + " of " + length + " bytes");
        }
        if (status(header) != OK) {
            throw new IOException("it answers " + status(header) + ": "
                    + Json.read(body, Refusal.class).detail());
        }
        return body;
    }

    private static int status(String[] header) {
        return Integer.parseInt(header[0].substring(9, 12));
    }

    /// Its lines; the first one is a status line.
    private static String[] header(InputStream in) throws IOException {
        StringBuilder header = new StringBuilder();
        while (header.length() < 4 || header.indexOf("\r\n\r\n", header.length() - 4) < 0) {
            int c = in.read();
            if (c < 0 || header.length() >= MAX_HEADER_BYTES) {
                throw new IOException("the header of the answer does not end");
            }
            header.append((char) c);
        }
        String[] lines = header.toString().split("\r\n", -1);
        if (!lines[0].matches("HTTP/1\\.[01] \\d{3}( .*)?")) {
            throw new IOException("this is not an HTTP server");
        }
        return lines;
    }
}
