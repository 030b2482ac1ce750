// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import dev.weir.agent.config.Collector;
import dev.weir.agent.config.WeirConfig.Transport;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/// One transport session with the collector. Sending waits for a collector that does not take what it
/// is sent, but not for long. One thread uses it; [#hurry()] is for any.
final class Link implements Closeable {
    /// How long a collector may take nothing.
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /// The same when the agent is about to stop.
    private static final Duration HURRY = Duration.ofMillis(500);

    /// Headers of IPv6 and UDP, and of IPv6 and TCP with time stamps.
    private static final int HEADERS = 72;

    private static final int USUAL_MTU = 1500;

    /// A collector's socket has room for some hundred datagrams by default, and UDP does not say when it is full
    /// (RFC 7011, section 10.3.2): so many go, then there is a pause, 8,000 messages a second at most.
    private static final int BURST = 32;

    private static final long PAUSE_MILLIS = 4;

    private final Selector selector;
    private final ByteChannel channel;
    private final SelectionKey key;
    private final boolean paced;
    private final int messageBytes;
    private final ByteBuffer ignored = ByteBuffer.allocate(512);
    private volatile boolean hurried;
    private int burst;

    private Link(Selector selector, SocketChannel tcp) throws IOException {
        this.selector = selector;
        this.channel = tcp;
        this.paced = false;
        this.key = tcp.register(selector, 0);
        this.messageBytes = USUAL_MTU - HEADERS;
    }

    private Link(Selector selector, DatagramChannel udp) throws IOException {
        this.selector = selector;
        this.channel = udp;
        this.paced = true;
        this.key = udp.register(selector, 0);
        this.messageBytes = messageBytes(udp);
    }

    /// Opens a session; the name of the collector's host is looked up anew.
    ///
    /// @throws IOException when there is none to be had; the message says why
    static Link open(Collector collector, Transport transport) throws IOException {
        InetSocketAddress address = resolve(collector);
        Selector selector = Selector.open();
        try {
            return switch (transport) {
                case UDP -> udp(selector, address);
                case TCP -> tcp(selector, address);
            };
        } catch (IOException | RuntimeException e) {
            selector.close();
            throw e;
        }
    }

    private static InetSocketAddress resolve(Collector collector) throws IOException {
        try {
            return new InetSocketAddress(InetAddress.getByName(collector.host()), collector.port());
        } catch (UnknownHostException e) {
            throw new IOException("the name %s has no address now".formatted(collector.host()), e);
        }
    }

    private static Link udp(Selector selector, InetSocketAddress address) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        try {
            channel.configureBlocking(false);
            channel.connect(address);
            return new Link(selector, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static Link tcp(Selector selector, InetSocketAddress address) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            channel.connect(address);
            Link link = new Link(selector, channel);
            long start = System.nanoTime();
            while (!channel.finishConnect()) {
                link.await(SelectionKey.OP_CONNECT, start, "no answer");
            }
            return link;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// What fits into one packet on the first device of the way, and in any case of Ethernet's usual
    /// size; the way itself is not probed.
    private static int messageBytes(DatagramChannel udp) throws IOException {
        int mtu = USUAL_MTU;
        if (udp.getLocalAddress() instanceof InetSocketAddress local) {
            NetworkInterface device = NetworkInterface.getByInetAddress(local.getAddress());
            mtu = device == null ? USUAL_MTU : Math.min(USUAL_MTU, device.getMTU());
        }
        return Math.max(MessageWriter.MIN_BYTES, mtu - HEADERS);
    }

    /// The most that a message should have.
    int messageBytes() {
        return messageBytes;
    }

    /// Sends a message whole. A collector has nothing to say: what it says all the same is read and forgotten.
    ///
    /// @throws IOException when the collector is not there any more, or takes nothing
    void send(ByteBuffer message) throws IOException {
        ignored.clear();
        if (!paced && channel.read(ignored) < 0) {
            throw new EOFException("the collector has closed the connection");
        }
        long start = System.nanoTime();
        while (message.hasRemaining()) {
            if (channel.write(message) > 0) {
                start = System.nanoTime();
            } else {
                await(SelectionKey.OP_WRITE, start, "it takes nothing");
            }
        }
        if (paced && ++burst == BURST) {
            burst = 0;
            key.interestOps(0);
            selector.select(PAUSE_MILLIS);
        }
    }

    /// Ends waits soon, from now on.
    void hurry() {
        hurried = true;
        selector.wakeup();
    }

    private void await(int what, long since, String why) throws IOException {
        Duration patience = hurried ? HURRY : PATIENCE;
        long left = patience.toNanos() - (System.nanoTime() - since);
        if (left <= 0) {
            throw new IOException("%s for %d ms".formatted(why, patience.toMillis()));
        }
        key.interestOps(what);
        selector.select(Math.max(1, left / 1_000_000));
    }

    @Override
    public void close() throws IOException {
        channel.close();
        selector.close();
    }
}
