// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpChunkedInput;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A body that many clients share is released once by each, however its connection ends.
class SlicesTest {
    private static final int BYTES = 300_000;

    private final ByteBuf body = Unpooled.directBuffer(BYTES).writeZero(BYTES).retain(); // ours, and the connection's

    private static EmbeddedChannel connection() {
        return new EmbeddedChannel(new ChunkedWriteHandler());
    }

    @Test
    void bodyThatIsSentWholeIsReleased() {
        EmbeddedChannel client = connection();
        assertTrue(client.writeOutbound(new HttpChunkedInput(new Slices(body.duplicate()))));
        client.releaseOutbound();
        assertEquals(1, body.refCnt());
        assertEquals(BYTES, body.readableBytes());
        client.finishAndReleaseAll();
        body.release();
    }

    /// Keeps what is written under way, until all of it fails.
    private static final class Breaking extends ChannelOutboundHandlerAdapter {
        private final List<ChannelPromise> underWay = new ArrayList<>();

        @Override
        public void write(ChannelHandlerContext client, Object message, ChannelPromise written) {
            ReferenceCountUtil.release(message);
            underWay.add(written);
        }
    }

    @Test
    void connectionThatBreaksReleasesItOnceForAllPieces() {
        Breaking line = new Breaking();
        EmbeddedChannel client = new EmbeddedChannel(line, new ChunkedWriteHandler());
        ChannelFuture written = client.writeOneOutbound(new HttpChunkedInput(new Slices(body.duplicate())));
        client.flushOutbound();
        assertTrue(line.underWay.size() > 1, line.underWay::toString);
        line.underWay.forEach(piece -> piece.setFailure(new IOException("broken pipe")));
        client.runPendingTasks();
        assertFalse(written.isSuccess());
        assertEquals(1, body.refCnt());
        body.release();
    }

    @Test
    void closingAgainIsNothing() {
        Slices slices = new Slices(body);
        slices.close();
        slices.close();
        assertEquals(1, body.refCnt());
        body.release();
    }

    @Test
    void piecesAreOfTheBodyInItsOrder() {
        ByteBuf text = Unpooled.copiedBuffer("0123456789".repeat(10_000), US_ASCII);
        Slices slices = new Slices(text);
        StringBuilder read = new StringBuilder();
        while (!slices.isEndOfInput()) {
            ByteBuf piece = slices.readChunk(Unpooled.EMPTY_BUFFER.alloc());
            assertFalse(piece == null);
            read.append(piece.toString(US_ASCII));
            piece.release();
            assertEquals(read.length(), slices.progress());
        }
        assertEquals("0123456789".repeat(10_000), read.toString());
        slices.close();
        assertEquals(0, text.refCnt());
    }
}
