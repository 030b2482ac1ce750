// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// A client that sends what it is told to, byte by byte if need be, and reads answers that carry their length.
final class RawClient implements AutoCloseable {
    record Answer(int status, Map<String, String> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    final Socket socket;
    private final InputStream in;

    RawClient(InetSocketAddress server) throws IOException {
        this(connected(server));
    }

    /// Over a connection that there is.
    RawClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    private static Socket connected(InetSocketAddress server) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(8192);
        socket.connect(server, 5000);
        socket.setSoTimeout(10_000);
        return socket;
    }

    RawClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
        return this;
    }

    Answer get(String target) throws IOException {
        return send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n").answer(true);
    }

    /// @param withBody false for the answer to a HEAD
    Answer answer(boolean withBody) throws IOException {
        String[] first = line().split(" ", 3);
        assertTrue(first[0].equals("HTTP/1.1"), first[0]);
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).trim());
        }
        int length = withBody ? Integer.parseInt(headers.getOrDefault("content-length", "0")) : 0;
        return new Answer(Integer.parseInt(first[1]), headers, new String(in.readNBytes(length), UTF_8));
    }

    /// Whether something has come that was not read yet.
    boolean hasAnswer() throws IOException {
        return in.available() > 0;
    }

    /// Whether the server closes the connection without sending anything more.
    boolean isClosedByServer() throws IOException {
        return in.read() < 0;
    }

    /// As the other, of a client that may have sent what the server has not read: then Linux resets the
    /// connection.
    boolean isCutByServer() throws IOException {
        try {
            return isClosedByServer();
        } catch (SocketException e) {
            return true;
        }
    }

    /// Whether the server closes the connection in the end, whatever it says before.
    boolean isDropped() throws IOException {
        try {
            in.readAllBytes();
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (SocketException e) {
            return true;
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("after '" + line + "'");
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
