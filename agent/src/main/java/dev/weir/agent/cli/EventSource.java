// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) as an
/// agent sends them: each message has its data on one line.
final class EventSource implements AutoCloseable {
    private static final int MAX_LINE_BYTES = 1 << 26;

    /// @param type empty: the usual one
    /// @param data JSON
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Message(String type, byte[] data) {}

    private final InputStream body;
    private final Closeable connection;
    private @Nullable String position;

    /// @param position of the messages that are known already; null: none are
    EventSource(InputStream body, Closeable connection, @Nullable String position) {
        this.body = body;
        this.connection = connection;
        this.position = position;
    }

    /// Waits for the next message.
    /// @throws EOFException when there will be none
    Message next() throws IOException {
        String type = "";
        byte[] data = null;
        while (true) {
            byte[] line = line();
            if (line.length == 0) {
                if (data != null) {
                    return new Message(type, data);
                }
                type = "";
            } else if (begins(line, "data: ")) {
                data = rest(line, 6);
            } else if (begins(line, "event: ")) {
                type = new String(rest(line, 7), UTF_8);
            } else if (begins(line, "id: ")) {
                position = new String(rest(line, 4), UTF_8);
            }
        }
    }

    /// Behind which message a new stream goes on; null: there was none that says it.
    @Nullable
    String position() {
        return position;
    }

    private byte[] line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = body.read(); c != '\n'; c = body.read()) {
            if (c < 0) {
                throw new EOFException("it has ended it");
            }
            if (line.size() == MAX_LINE_BYTES) {
                throw new IOException("a line of it does not end");
            }
            line.write(c);
        }
        return line.toByteArray();
    }

    private static boolean begins(byte[] line, String with) {
        return line.length >= with.length() && new String(line, 0, with.length(), UTF_8).equals(with);
    }

    private static byte[] rest(byte[] line, int from) {
        return Arrays.copyOfRange(line, from, line.length);
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
