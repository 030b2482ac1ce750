// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.time.Duration;

/// A connection to a Unix socket, as streams whose waits end in time.
final class UnixConnection implements AgentConnection {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final Duration patience;

    private UnixConnection(SocketChannel channel, Selector selector, Duration patience) throws IOException {
        this.channel = channel;
        this.selector = selector;
        this.patience = patience;
        this.key = channel.register(selector, 0);
    }

    /// As [AgentConnection#open].
    static UnixConnection open(UnixDomainSocketAddress address, Duration patience) throws IOException {
        if (!Files.exists(address.getPath())) {
            throw new ConnectException("there is no such socket");
        }
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.configureBlocking(false); // before it connects: with a server that hangs that would not end
            channel.connect(address);
            return new UnixConnection(channel, Selector.open(), patience);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public InputStream input() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int from, int length) throws IOException {
                ByteBuffer buffer = ByteBuffer.wrap(bytes, from, length);
                int read = channel.read(buffer);
                while (read == 0 && length > 0) {
                    await(SelectionKey.OP_READ);
                    read = channel.read(buffer);
                }
                return read;
            }
        };
    }

    @Override
    public OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                ByteBuffer buffer = ByteBuffer.wrap(bytes, from, length);
                while (buffer.hasRemaining()) {
                    if (channel.write(buffer) == 0) {
                        await(SelectionKey.OP_WRITE);
                    }
                }
            }
        };
    }

    private void await(int what) throws IOException {
        key.interestOps(what);
        if (selector.select(patience.toMillis()) == 0) {
            throw new SocketTimeoutException();
        }
        selector.selectedKeys().clear();
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
    }
}
