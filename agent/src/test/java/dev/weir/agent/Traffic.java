// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.lab.Probe;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Something that goes on without end, as fast as it can, and is counted; the first failure ends it.
final class Traffic implements AutoCloseable {
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final Thread thread;
    private volatile boolean ended;
    private volatile @Nullable Throwable failure;

    /// One exchange, or a few packets.
    private interface Step {
        void run() throws IOException;
    }

    private Traffic(AutoCloseable socket, Step step) {
        thread = Thread.ofPlatform().daemon().unstarted(() -> {
            try (socket) {
                while (!ended) {
                    step.run();
                }
            } catch (Exception e) {
                failure = e;
            }
        });
    }

    private Traffic start() {
        thread.start();
        return this;
    }

    /// Bytes that go out and come back on one connection.
    static Traffic connection(String from, String to, int port) throws IOException {
        Socket socket = Probe.connect(from, to, port, Inside.PATIENCE_MILLIS);
        Traffic[] self = new Traffic[1];
        self[0] = new Traffic(socket, () -> {
            if (!Probe.echoes(socket)) {
                throw new IOException("the connection broke");
            }
            self[0].done.incrementAndGet();
        });
        return self[0].start();
    }

    /// Questions and answers of one UDP flow; one that is not answered in time is lost.
    static Traffic questions(String from, String to, int port) {
        DatagramSocket socket = Inside.open(from, "0.0.0.0", 0);
        Traffic[] self = new Traffic[1];
        self[0] = new Traffic(socket, () -> self[0].ask(socket, to, port, Inside.PATIENCE_MILLIS));
        return self[0].start();
    }

    /// Questions and answers, each of a flow of its own.
    static Traffic newFlows(String from, String to, int port) {
        Traffic[] self = new Traffic[1];
        self[0] = new Traffic(() -> {}, () -> {
            try (DatagramSocket socket = Inside.open(from, "0.0.0.0", 0)) {
                self[0].ask(socket, to, port, HostTest.SILENCE_MILLIS);
            }
        });
        return self[0].start();
    }

    /// Packets of one UDP flow that nobody answers.
    static Traffic flood(String from, String to, int port) {
        DatagramSocket socket = Inside.open(from, "0.0.0.0", 0);
        Traffic[] self = new Traffic[1];
        self[0] = new Traffic(socket, () -> {
            for (int i = 0; i < 64; i++) {
                Inside.send(socket, to, port, 32);
                self[0].done.incrementAndGet();
            }
        });
        return self[0].start();
    }

    private void ask(DatagramSocket socket, String to, int port, int patienceMillis) throws IOException {
        Inside.send(socket, to, port, 32);
        socket.setSoTimeout(patienceMillis);
        try {
            socket.receive(new DatagramPacket(new byte[64], 64, InetAddress.getLoopbackAddress(), port));
            done.incrementAndGet();
        } catch (SocketTimeoutException e) {
            lost.incrementAndGet();
        }
    }

    /// Exchanges that succeeded, or packets sent.
    long done() {
        return done.get();
    }

    /// Questions without an answer.
    long lost() {
        return lost.get();
    }

    /// Returns once it has gone on from now.
    void awaitMore() {
        long before = done();
        Await.until("traffic goes on", () -> String.valueOf(failure), () -> done() > before + 200);
    }

    /// Ends it.
    ///
    /// @throws AssertionError when it has ended before
    @Override
    public void close() {
        ended = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        if (failure != null) {
            throw new AssertionError("traffic came to an end", failure);
        }
    }
}
