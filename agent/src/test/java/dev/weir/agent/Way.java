// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.wire.Barrage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A way through the host on which a [Barrage] is sent, and what comes through. Kinds of datagrams are told by their
/// port.
final class Way implements AutoCloseable {
    private static final int RECEIVE_BYTES = 1 << 20;
    private static final int CONTENT_BYTES = 64;

    private final String name;
    private final String receiver;
    private final List<Integer> round;
    private final Map<Integer, Ear> ears = new HashMap<>();
    private final Selector selector;
    private final Thread listener;
    private final Barrage barrage;
    private volatile boolean ended;
    private long rounds;

    /// Where datagrams of one kind come.
    private static final class Ear {
        final DatagramChannel socket;
        final Runs runs;
        volatile long latestRound = -1;
        long taken;

        Ear(DatagramChannel socket, Runs runs) {
            this.socket = socket;
            this.runs = runs;
        }
    }

    /// @param processor that sends
    /// @param round the kinds of datagrams, in the order in which they are sent
    /// @param heard kinds whose order matters: each datagram is looked at as it comes; others are only counted
    Way(String from, String to, String address, int processor, List<Integer> round, List<Integer> heard)
            throws IOException {
        this.name = from + " to " + to;
        this.receiver = to;
        this.round = List.copyOf(round);
        selector = Selector.open();
        for (int kind : round.stream().distinct().toList()) {
            DatagramChannel socket = Inside.call(to, () -> DatagramChannel.open(StandardProtocolFamily.INET));
            socket.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BYTES);
            socket.bind(new InetSocketAddress(address, kind)).configureBlocking(false);
            Ear ear = new Ear(socket, new Runs(round, kind));
            ears.put(kind, ear);
            if (heard.contains(kind)) {
                socket.register(selector, SelectionKey.OP_READ, ear);
            }
        }
        listener = Thread.ofPlatform().name(name).start(this::listen);
        barrage = new Barrage(from, address, processor, round);
    }

    private void listen() {
        ByteBuffer content = ByteBuffer.allocateDirect(CONTENT_BYTES);
        try {
            while (!ended) {
                selector.select(key -> {
                    if (key.attachment() instanceof Ear ear) {
                        List<Barrage.Shot> shots = drain(ear.socket, content);
                        shots.forEach(ear.runs::add);
                        if (!shots.isEmpty()) {
                            ear.latestRound = shots.getLast().round();
                        }
                    }
                });
            }
        } catch (IOException e) {
            throw new UncheckedIOException("listen on the way from " + name, e);
        }
    }

    private static List<Barrage.Shot> drain(DatagramChannel socket, ByteBuffer content) {
        List<Barrage.Shot> shots = new ArrayList<>();
        try {
            while (socket.receive(content.clear()) != null) {
                shots.add(Barrage.Shot.of(content.flip()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return shots;
    }

    private Ear ear(int kind) {
        Ear ear = ears.get(kind);
        if (ear == null) {
            throw new IllegalArgumentException("nothing goes from " + name + " to port " + kind);
        }
        return ear;
    }

    /// The last round of which a datagram of this kind was heard; -1: none.
    long latestRound(int kind) {
        return ear(kind).latestRound;
    }

    /// Ends the sending: what came is asked for after it.
    void end() {
        rounds = barrage.end();
    }

    long sent() {
        return rounds * round.size();
    }

    long sent(int kind) {
        return rounds * round.stream().filter(each -> each == kind).count();
    }

    /// Datagrams of a kind that is not heard which came to its socket, whether or not there was room.
    long arrived(int kind) {
        if (!ears.containsKey(kind)) {
            return 0;
        }
        Ear ear = ear(kind);
        ear.taken += drain(ear.socket, ByteBuffer.allocate(CONTENT_BYTES)).size();
        return ear.taken + overflown(kind);
    }

    /// The last column of /proc/net/udp: what a socket had no room for.
    private long overflown(int kind) {
        String port = String.format(Locale.ROOT, ":%04X ", kind);
        return Inside.call(receiver, () -> Files.readAllLines(Path.of("/proc/thread-self/net/udp"))).stream()
                .map(String::strip)
                .filter(line -> line.contains(port))
                .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /// When which of two kinds was let through.
    List<Runs.Run> runs(int one, int other) {
        hearNoMore();
        return Runs.merged(ear(one).runs, ear(other).runs);
    }

    private void hearNoMore() {
        ended = true;
        selector.wakeup();
        try {
            listener.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    @Override
    public void close() throws IOException {
        barrage.close();
        hearNoMore();
        selector.close();
        for (Ear ear : ears.values()) {
            ear.socket.close();
        }
    }
}
