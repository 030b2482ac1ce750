// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.lab.Probe;
import dev.weir.net.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;

/// Datagrams and pings inside namespaces; the namespace `host` is that of the test itself.
final class Inside {
    static final String HOST = "host";

    /// For what will come, on a machine however busy.
    static final int PATIENCE_MILLIS = 10_000;

    private static final int WAIT_MILLIS = 10;

    private Inside() {}

    /// Something to do in a namespace.
    interface Task<T> {
        T run() throws IOException;
    }

    static <T> T call(String namespace, Task<T> task) {
        try {
            if (namespace.equals(HOST)) {
                return task.run();
            }
            try (NetworkNamespace inside = NetworkNamespace.open(Path.of("/run/netns", namespace))) {
                return inside.call(task::run);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("in namespace " + namespace, e);
        }
    }

    /// Whether an ICMP echo request is answered. (Java sends one as root.)
    static boolean pings(String namespace, String address) {
        return pings(namespace, address, HostTest.SILENCE_MILLIS);
    }

    /// As the other, where an answer is to come: one packet may be lost, and is sent again after a second.
    static boolean pingsAtLast(String namespace, String address) {
        return pings(namespace, address, PATIENCE_MILLIS);
    }

    private static boolean pings(String namespace, String address, int timeoutMillis) {
        return call(namespace, () -> InetAddress.ofLiteral(address).isReachable(timeoutMillis));
    }

    /// Whether a connection comes about.
    static boolean connects(String namespace, String address, int port) {
        return connects(namespace, address, port, HostTest.SILENCE_MILLIS);
    }

    /// As the other, where one is to come about: one packet may be lost, and is sent again after a second.
    static boolean connectsAtLast(String namespace, String address, int port) {
        return connects(namespace, address, port, PATIENCE_MILLIS);
    }

    private static boolean connects(String namespace, String address, int port, int timeoutMillis) {
        return attempt(namespace, address, port, timeoutMillis) == Probe.Outcome.CONNECTED;
    }

    /// How an attempt to connect ends.
    static Probe.Outcome attempt(String namespace, String address, int port, int timeoutMillis) {
        return call(namespace, () -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), timeoutMillis);
                return Probe.Outcome.CONNECTED;
            } catch (SocketTimeoutException e) {
                return Probe.Outcome.SILENT;
            } catch (IOException e) {
                return Probe.Outcome.REFUSED;
            }
        });
    }

    /// Opens a connection out of a namespace, from a port of one's choice.
    ///
    /// @throws UncheckedIOException when it does not come about
    static Socket connect(String namespace, InetSocketAddress from, InetSocketAddress to) {
        return call(namespace, () -> {
            Socket socket = new Socket();
            try {
                socket.bind(from);
                socket.connect(to, PATIENCE_MILLIS);
                socket.setSoTimeout(PATIENCE_MILLIS);
                return socket;
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        });
    }

    /// Returns datagrams to their senders until it is closed.
    static DatagramSocket echo(String namespace, String address, int port) {
        Echo echo = call(namespace, () -> new Echo(new InetSocketAddress(InetAddress.ofLiteral(address), port)));
        echo.worker.start(); // out here: a thread is in the namespace of the one that starts it, and keeps that
        return echo;
    }

    /// Whose port is free again once it is closed: the kernel keeps it for as long as a thread waits there.
    private static final class Echo extends DatagramSocket {
        private final Thread worker = Thread.ofPlatform().daemon().unstarted(this::answer);

        Echo(InetSocketAddress address) throws SocketException {
            super(address);
        }

        private void answer() {
            byte[] buffer = new byte[2048];
            try {
                while (true) {
                    DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                    receive(packet);
                    send(packet);
                }
            } catch (IOException e) {
                // closed
            }
        }

        @Override
        public void close() {
            super.close();
            try {
                worker.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static DatagramSocket open(String namespace, String address, int port) {
        return call(namespace, () -> new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(address), port)));
    }

    /// Whether a datagram comes back.
    static boolean asks(DatagramSocket socket, String address, int port) {
        return asks(socket, address, port, 100);
    }

    /// Whether a datagram of so many bytes, 2048 at most, comes back.
    static boolean asks(DatagramSocket socket, String address, int port, int bytes) {
        try {
            send(socket, address, port, bytes);
            return hears(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Whether something comes. Silence is counted in short waits: a machine that stands still for long holds up who
    /// answers, too, and that is one wait.
    static boolean hears(DatagramSocket socket) throws IOException {
        socket.setSoTimeout(WAIT_MILLIS);
        for (int waited = 0; waited < HostTest.SILENCE_MILLIS; waited += WAIT_MILLIS) {
            try {
                socket.receive(new DatagramPacket(new byte[2048], 2048));
                return true;
            } catch (SocketTimeoutException e) {
                // not yet
            }
        }
        return false;
    }

    static void send(DatagramSocket socket, String address, int port, int bytes) throws IOException {
        socket.send(new DatagramPacket(new byte[bytes], bytes, InetAddress.ofLiteral(address), port));
    }
}
