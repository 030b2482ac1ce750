// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import dev.weir.net.NetworkNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Connections inside namespaces. A socket belongs to the namespace in which it is opened, so one process can stand
/// at both ends.
public final class Probe {
    private Probe() {}

    /// How an attempt to connect ended.
    public enum Outcome {
        CONNECTED,
        /// Somebody answered, and said no.
        REFUSED,
        /// Nobody answered: the packets were dropped.
        SILENT
    }

    /// Answers on a port of a namespace until it is closed: whatever it is sent, it sends back.
    public static ServerSocket echo(String namespace, String address, int port) {
        Echo echo = in(namespace, () -> {
            Echo server = new Echo(namespace, port);
            server.bind(new InetSocketAddress(InetAddress.ofLiteral(address), port), 128);
            return server;
        });
        echo.worker.start(); // out here: a thread is in the namespace of the one that starts it, and keeps that
        return echo;
    }

    /// Whose port is free again once it is closed, and whose connections end then: the kernel keeps a port for as
    /// long as a thread waits there, and a namespace for as long as a socket is open in it.
    private static final class Echo extends ServerSocket {
        private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
        private final Thread worker;

        Echo(String namespace, int port) throws IOException {
            worker = Thread.ofPlatform()
                    .daemon()
                    .name("echo-" + namespace + "-" + port)
                    .unstarted(this::serve);
        }

        private void serve() {
            while (!isClosed()) {
                try {
                    Socket connection = accept();
                    connections.add(connection);
                    Thread.ofVirtual().start(() -> {
                        reply(connection);
                        connections.remove(connection);
                    });
                } catch (IOException e) {
                    return; // closed
                }
            }
        }

        @Override
        public void close() throws IOException {
            super.close();
            try {
                worker.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            for (Socket connection : connections) {
                connection.close();
            }
        }
    }

    /// Opens a connection out of a namespace.
    ///
    /// @throws SocketTimeoutException when nobody answers
    public static Socket connect(String namespace, String address, int port, int timeoutMillis) throws IOException {
        try (NetworkNamespace inside = NetworkNamespace.open(Path.of("/run/netns", namespace))) {
            return inside.call(() -> {
                Socket socket = new Socket();
                try {
                    socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), timeoutMillis);
                    socket.setSoTimeout(timeoutMillis);
                    return socket;
                } catch (IOException e) {
                    socket.close();
                    throw e;
                }
            });
        }
    }

    /// Tries to connect out of a namespace, and closes the connection.
    public static Outcome attempt(String namespace, String address, int port, int timeoutMillis) {
        try (Socket socket = connect(namespace, address, port, timeoutMillis)) {
            return Outcome.CONNECTED;
        } catch (SocketTimeoutException e) {
            return Outcome.SILENT;
        } catch (IOException e) {
            return Outcome.REFUSED;
        }
    }

    /// Sends a byte and waits for it to come back.
    public static boolean echoes(Socket socket) {
        try {
            socket.getOutputStream().write(7);
            return socket.getInputStream().read() == 7;
        } catch (IOException e) {
            return false;
        }
    }

    private interface Opening<T> {
        T open() throws IOException;
    }

    private static <T> T in(String namespace, Opening<T> opening) {
        try (NetworkNamespace inside = NetworkNamespace.open(Path.of("/run/netns", namespace))) {
            return inside.call(opening::open);
        } catch (IOException e) {
            throw new UncheckedIOException("open a socket in namespace " + namespace, e);
        }
    }

    private static void reply(Socket socket) {
        try (socket;
                InputStream in = socket.getInputStream()) {
            in.transferTo(socket.getOutputStream());
        } catch (IOException e) {
            // the other side went: nothing to send back
        }
    }
}
