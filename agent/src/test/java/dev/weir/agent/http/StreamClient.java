// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads a stream of server-sent events, message by message, when it is told to.
final class StreamClient implements AutoCloseable {
    /// @param id of the message or of one before it
    record Message(String type, String id, String data) {}

    final int status;
    final String header;
    private final Socket socket = new Socket();
    private final BufferedReader in;
    private String id = "";

    StreamClient(InetSocketAddress server, String target, @Nullable String lastEventId) throws IOException {
        socket.setReceiveBufferSize(8192);
        socket.connect(server, 5000);
        socket.setSoTimeout(30_000);
        String headers = lastEventId == null ? "" : "Last-Event-ID: " + lastEventId + "\r\n";
        socket.getOutputStream()
                .write(("GET " + target + " HTTP/1.0\r\nHost: localhost\r\n" + headers + "\r\n").getBytes(ISO_8859_1));
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        StringBuilder lines = new StringBuilder();
        for (String line = line(); !line.isEmpty(); line = line()) {
            lines.append(line).append('\n');
        }
        header = lines.toString();
        status = Integer.parseInt(header.substring(9, 12));
    }

    Message next() throws IOException {
        String type = "";
        String data = "";
        while (true) {
            String line = line();
            if (line.startsWith("data: ")) {
                data = line.substring(6);
            } else if (line.startsWith("event: ")) {
                type = line.substring(7);
            } else if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.isEmpty() && !data.isEmpty()) {
                return new Message(type, id, data);
            }
        }
    }

    /// Whether something has come that was not read yet.
    boolean hasMore() throws IOException {
        return in.ready();
    }

    private String line() throws IOException {
        String line = in.readLine();
        if (line == null) {
            throw new EOFException("the stream has ended");
        }
        return line;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
