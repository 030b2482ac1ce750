// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.stream.ChunkedInput;
import org.jspecify.annotations.Nullable;

/// A body that is sent in pieces, without a copy of them, so that a client gets no more of it than it reads.
final class Slices implements ChunkedInput<ByteBuf> {
    private static final int PIECE_BYTES = 65_536;

    private final ByteBuf body;
    private final int length;
    private boolean closed;

    /// @param body becomes this object's own
    Slices(ByteBuf body) {
        this.body = body.duplicate();
        this.length = body.readableBytes();
    }

    @Override
    public boolean isEndOfInput() {
        return !body.isReadable();
    }

    @Override
    public @Nullable ByteBuf readChunk(ByteBufAllocator allocator) {
        return isEndOfInput() ? null : body.readRetainedSlice(Math.min(PIECE_BYTES, body.readableBytes()));
    }

    @Override
    @SuppressWarnings("deprecation") // the interface asks for it
    public @Nullable ByteBuf readChunk(ChannelHandlerContext client) {
        return readChunk(client.alloc());
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public long progress() {
        return length - (long) body.readableBytes();
    }

    /// May be called again: where a connection breaks, Netty does so for each piece that was on its way.
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            body.release();
        }
    }
}
