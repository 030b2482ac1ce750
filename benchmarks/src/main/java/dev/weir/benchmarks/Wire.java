// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.lab.Lab;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.packet.Checksums;
import dev.weir.agent.packet.Packet;
import dev.weir.agent.wire.RawSender;
import dev.weir.net.LinkStatistics;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.RouteNetlink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/// A way through the host: a client and a server, each in a namespace behind a veth of its own. Frames are counted by
/// the host's devices, what connections carry by who reads it.
final class Wire implements AutoCloseable {
    /// Where the server listens; no sample policy closes it.
    static final int PORT = 7;

    /// Where the server has somebody read all datagrams.
    static final int READ_PORT = 8;

    private static final int DOOR_PORT = 11; // of connections that do nothing

    private static final int BULK_BYTES = 256 << 10;
    private static final int UDP_BYTES = 18; // with its headers a frame of 60 bytes
    private static final long SLICE_NANOS = 100_000_000;
    private static final int MOST_ROUND_TRIPS = 20_000; // of a slice
    private static final int FRAME_PORT = 40_000;
    private static final int TRIALS = 100; // many more than there are frames of other kinds
    private static final int BETWEEN_LOOKS_AT_THE_CLOCK = 32;

    private final String name;
    private final String client;
    private final String server;
    private final RouteNetlink netlink = RouteNetlink.open();
    private final AtomicLong read = new AtomicLong();
    private final ByteBuffer bulk = ByteBuffer.allocateDirect(BULK_BYTES);
    private final ByteBuffer small = ByteBuffer.allocateDirect(UDP_BYTES);
    private final DatagramChannel datagrams;
    private final DatagramChannel datagramsIn;
    private final DatagramChannel readDatagrams;
    private final DatagramChannel readDatagramsIn;
    private final ServerSocketChannel door;
    private final SocketChannel stream;
    private final SocketChannel turns;

    /// A wire that is routed over IPv4.
    ///
    /// @param number of the wire, from which its addresses follow
    Wire(Lab lab, String name, int number) throws IOException {
        this(lab, name, number, Way.ROUTED);
    }

    /// @param number of the wire, from which its addresses follow
    /// @param way that its packets go
    Wire(Lab lab, String name, int number, Way way) throws IOException {
        this.name = name;
        client = way.client(number);
        server = way.server(number);
        way.build(lab, clientName(), serverName(), number);
        InetSocketAddress address = new InetSocketAddress(server, PORT);
        datagramsIn = in(serverName(), DatagramChannel::open).bind(address);
        readDatagramsIn = in(serverName(), DatagramChannel::open).bind(new InetSocketAddress(server, READ_PORT));
        readDatagrams = in(clientName(), DatagramChannel::open).connect(new InetSocketAddress(server, READ_PORT));
        door = in(serverName(), ServerSocketChannel::open).bind(new InetSocketAddress(server, DOOR_PORT));
        serve("door", () -> turnAway(door));
        serve("datagrams", () -> swallow(readDatagramsIn, ByteBuffer.allocateDirect(UDP_BYTES)));
        try (ServerSocketChannel listening =
                in(serverName(), ServerSocketChannel::open).bind(address)) {
            datagrams = in(clientName(), DatagramChannel::open).connect(address);
            stream = in(clientName(), SocketChannel::open);
            stream.connect(address);
            SocketChannel sink = listening.accept();
            turns = in(clientName(), SocketChannel::open);
            turns.connect(address);
            turns.setOption(StandardSocketOptions.TCP_NODELAY, true);
            SocketChannel mirror = listening.accept();
            mirror.setOption(StandardSocketOptions.TCP_NODELAY, true);
            serve("stream", () -> swallow(sink, ByteBuffer.allocateDirect(BULK_BYTES)));
            serve("turns", () -> reflect(mirror, ByteBuffer.allocateDirect(1)));
        }
    }

    /// The namespace that sends.
    String clientName() {
        return "c-" + name;
    }

    private String serverName() {
        return "s-" + name;
    }

    /// Packets a second that get through while datagrams of one flow are sent as fast as can be.
    ///
    /// @param read whether a thread of the server reads them
    double datagramsPerSecond(boolean read) throws IOException {
        DatagramChannel channel = read ? readDatagrams : datagrams;
        long before = statistics(serverName()).txPackets();
        long start = System.nanoTime();
        long now = start;
        while (now - start < SLICE_NANOS) {
            for (int i = 0; i < BETWEEN_LOOKS_AT_THE_CLOCK; i++) {
                small.clear();
                channel.write(small);
            }
            now = System.nanoTime();
        }
        return (statistics(serverName()).txPackets() - before) * 1e9 / (now - start);
    }

    /// Bytes a second that are read while a connection is filled as fast as it takes them.
    double streamBytesPerSecond() throws IOException {
        long before = read.get();
        long start = System.nanoTime();
        long now = start;
        while (now - start < SLICE_NANOS) {
            bulk.clear();
            stream.write(bulk);
            now = System.nanoTime();
        }
        return (read.get() - before) * 1e9 / (now - start);
    }

    /// Whether datagrams to a port get through.
    boolean carries(int port) throws IOException {
        long before = statistics(serverName()).txPackets();
        try (DatagramChannel channel = in(clientName(), DatagramChannel::open)) {
            InetSocketAddress to = new InetSocketAddress(server, port);
            for (int i = 0; i < TRIALS; i++) {
                channel.send(small.clear(), to);
            }
        }
        return statistics(serverName()).txPackets() - before >= TRIALS / 2;
    }

    /// Connections a second that are opened one after another, each when the server has closed the one before.
    double connectionsPerSecond() throws IOException {
        return in(clientName(), () -> {
            int count = 0;
            long start = System.nanoTime();
            long now = start;
            for (; now - start < SLICE_NANOS; now = System.nanoTime()) {
                try (SocketChannel connection = SocketChannel.open()) {
                    connection.setOption(StandardSocketOptions.SO_LINGER, 0); // cut off, so that no port has to wait
                    connection.connect(new InetSocketAddress(server, DOOR_PORT));
                    connection.read(small.clear());
                    count++;
                }
            }
            return count * 1e9 / (now - start);
        });
    }

    /// How long a byte takes there and back over a connection, in microseconds.
    ///
    /// @param quantile of those that went round in one slice of time
    double roundTripMicros(double quantile) throws IOException {
        double[] micros = new double[MOST_ROUND_TRIPS];
        int count = 0;
        long start = System.nanoTime();
        for (long now = start; now - start < SLICE_NANOS && count < micros.length; count++) {
            turns.write(small.clear().limit(1));
            turns.read(small.clear().limit(1));
            long end = System.nanoTime();
            micros[count] = (end - now) / 1e3;
            now = end;
        }
        Arrays.sort(micros, 0, count);
        return micros[(int) (quantile * (count - 1))];
    }

    /// Frames a second that the host takes from the client while `flood` is sent as fast as can be.
    double framesPerSecond(RawSender sender, int port, RawSender.Flood flood) {
        long before = statistics(clientName()).rxPackets();
        long start = System.nanoTime();
        send(sender, port, flood);
        long nanos = System.nanoTime() - start;
        return (statistics(clientName()).rxPackets() - before) * 1e9 / nanos;
    }

    /// Sends frames of UDP from the client to a port of the server; returns when all have left.
    void send(RawSender sender, int port, RawSender.Flood flood) {
        sender.send(clientName(), frame(port), flood);
    }

    /// How many datagrams have come to the server, whatever became of them there: those that were read, those without a
    /// socket, and errors (RFC 4113, as proc(5) has it in `net/snmp`).
    long arrived() {
        String[] udp = Shell.run("ip netns exec " + serverName() + " cat /proc/net/snmp")
                .lines()
                .filter(line -> line.matches("Udp: [0-9].*"))
                .findAny()
                .orElseThrow()
                .split(" ", -1);
        return Long.parseLong(udp[1]) + Long.parseLong(udp[2]) + Long.parseLong(udp[3]);
    }

    /// A datagram from client to server as it is on the wire.
    private byte[] frame(int port) {
        return Checksums.fill(Packet.udpPacket(client, FRAME_PORT, server, port));
    }

    /// What the host's device towards a namespace carried.
    private LinkStatistics statistics(String namespace) {
        return netlink.links().stream()
                .filter(link -> link.name().equals("veth-" + namespace))
                .findAny()
                .orElseThrow()
                .statistics();
    }

    private interface Loop {
        void run() throws IOException;
    }

    private void serve(String what, Loop loop) {
        Thread.ofPlatform().daemon().name(name + " " + what).start(() -> {
            try {
                loop.run();
            } catch (ClosedChannelException e) {
                // the end of the measurement
            } catch (IOException e) {
                throw new UncheckedIOException("read what " + clientName() + " sent", e);
            }
        });
    }

    private void swallow(SocketChannel from, ByteBuffer buffer) throws IOException {
        try (from) {
            for (int count = 0; count >= 0; count = from.read(buffer.clear())) {
                read.addAndGet(count);
            }
        }
    }

    private static void swallow(DatagramChannel from, ByteBuffer buffer) throws IOException {
        while (true) {
            from.receive(buffer.clear());
        }
    }

    private static void turnAway(ServerSocketChannel door) throws IOException {
        while (true) {
            door.accept().close();
        }
    }

    private static void reflect(SocketChannel with, ByteBuffer buffer) throws IOException {
        try (with) {
            while (with.read(buffer.clear()) > 0) {
                with.write(buffer.flip());
            }
        }
    }

    private interface Opening<T> {
        T open() throws IOException;
    }

    private static <T> T in(String namespace, Opening<T> opening) throws IOException {
        try (NetworkNamespace inside = NetworkNamespace.open(Path.of("/run/netns", namespace))) {
            return inside.call(opening::open);
        }
    }

    @Override
    public void close() throws IOException {
        datagrams.close();
        datagramsIn.close();
        readDatagrams.close();
        readDatagramsIn.close();
        door.close();
        stream.close();
        turns.close();
        netlink.close();
    }
}
