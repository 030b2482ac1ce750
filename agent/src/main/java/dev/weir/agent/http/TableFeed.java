// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.view.FlowPart;
import dev.weir.agent.view.FlowText;
import dev.weir.agent.view.FlowWalk;
import dev.weir.agent.view.TrafficFilter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// All flows of the table, written as they are read: a [dev.weir.agent.view.FlowPage] that is never in
/// memory.
final class TableFeed implements Feed {
    private static final int KIBIBYTES = 1024;
    private static final int AHEAD = 2;

    /// So many fit into a piece, each taking half a kibibyte. Fewer would have threads wait for each other more often.
    private static final int TOGETHER = 2 * KIBIBYTES;

    /// Text goes to a piece when there is so much of it, while the processor has it at hand.
    private static final int TEXT_BYTES = 32 * 1024;

    private final FlowWalk walk;
    private final TrafficFilter filter;
    private final Executor readers;
    private final FlowText text = new FlowText(2 * TEXT_BYTES);

    /// One is sent while others are ready or made. They are outside the heap, since the socket takes them without a
    /// copy then, and used again and again, because new pages would have to be zeroed first.
    private final @Nullable ByteBuf[] pieces = new ByteBuf[1 + AHEAD];

    private FutureTask<FlowPart> ahead = new FutureTask<>(this::read);
    private int turn;
    private boolean begun;
    private boolean ended;
    private long matched;
    private long scanned;

    /// @param readers read the next part while one is written
    TableFeed(FlowWalk walk, TrafficFilter filter, Executor readers) {
        this.walk = walk;
        this.filter = filter;
        this.readers = readers;
    }

    @Override
    public String contentType() {
        return "application/json";
    }

    @Override
    public int kibibytes() {
        return KIBIBYTES;
    }

    @Override
    public int ahead() {
        return AHEAD;
    }

    @Override
    public @Nullable ByteBuf next() {
        if (ended) {
            return null;
        }
        if (!begun) {
            text.append("{\"flows\":[");
            begun = true;
        }
        FlowPart part = part();
        ended = part.isLast();
        if (!ended) {
            readAhead();
        }
        ByteBuf piece = piece();
        part.show(flow -> {
            scanned++;
            if (filter.matches(flow)) {
                if (matched++ > 0) {
                    text.comma();
                }
                text.append(flow);
                if (text.size() > TEXT_BYTES) {
                    moveTo(piece);
                }
            }
        });
        if (ended) {
            text.append("],\"nextCursor\":null,\"matched\":" + matched + ",\"scanned\":" + scanned + "}");
        }
        moveTo(piece);
        if (!piece.isReadable()) {
            piece.writeByte(' '); // nothing matches in this part; it is as well to go on at once
        }
        return piece.retain();
    }

    private void moveTo(ByteBuf piece) {
        piece.writeBytes(text.bytes(), 0, text.size());
        text.clear();
    }

    private FlowPart read() {
        return walk.read(TOGETHER);
    }

    private void readAhead() {
        ahead = new FutureTask<>(this::read);
        try {
            readers.execute(ahead);
        } catch (RejectedExecutionException e) {
            // others are asked for so much that it waits until the part is needed
        }
    }

    /// The part that comes next. Who needs it reads it where nobody else has begun to, so nobody waits for a reader
    /// who waits.
    private FlowPart part() {
        ahead.run();
        boolean interrupted = false;
        while (true) {
            try {
                FlowPart part = ahead.get();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                return part;
            } catch (InterruptedException e) {
                interrupted = true; // the server closes; the kernel answers all the same
            } catch (ExecutionException e) {
                throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
            }
        }
    }

    /// One that is not waiting to be sent.
    private ByteBuf piece() {
        turn = (turn + 1) % pieces.length;
        ByteBuf last = pieces[turn];
        if (last != null && last.refCnt() == 1) {
            return last.clear();
        }
        if (last != null) {
            last.release(); // it still waits for its client, whose connection frees it
        }
        ByteBuf piece = Unpooled.directBuffer(KIBIBYTES * 1024);
        pieces[turn] = piece;
        return piece;
    }

    @Override
    public void close() {
        ahead.cancel(false);
        for (int i = 0; i < pieces.length; i++) {
            ByteBuf piece = pieces[i];
            if (piece != null) {
                piece.release();
                pieces[i] = null;
            }
        }
    }
}
