// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.view.FlowText;
import dev.weir.agent.view.FlowWalk;
import dev.weir.agent.view.TrafficFilter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// All flows of the table, written as they are read: a [dev.weir.agent.view.FlowPage] that is never in
/// memory.
final class TableFeed implements Feed {
    private static final int KIBIBYTES = 512;

    /// So many fit into a piece, each taking half a kibibyte.
    private static final int TOGETHER = 2 * KIBIBYTES;

    private final FlowWalk walk;
    private final TrafficFilter filter;
    private final FlowText text = new FlowText(KIBIBYTES * 1024);

    /// One is sent while the other is made; memory outside the heap, which the socket takes without a copy, and taken
    /// again and again, because new pages would have to be zeroed first.
    private final @Nullable ByteBuf[] pieces = new ByteBuf[2];

    private int turn;
    private boolean begun;
    private boolean ended;
    private long matched;
    private long scanned;

    TableFeed(FlowWalk walk, TrafficFilter filter) {
        this.walk = walk;
        this.filter = filter;
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
    public @Nullable ByteBuf next() {
        if (ended) {
            return null;
        }
        text.clear();
        if (!begun) {
            text.append("{\"flows\":[");
            begun = true;
        }
        ended = !walk.show(TOGETHER, flow -> {
            scanned++;
            if (filter.matches(flow)) {
                if (matched++ > 0) {
                    text.comma();
                }
                text.append(flow);
            }
        });
        if (ended) {
            text.append("],\"nextCursor\":null,\"matched\":" + matched + ",\"scanned\":" + scanned + "}");
        }
        if (text.size() == 0) {
            text.append(" "); // nothing matches in this part; it is as well to go on at once
        }
        return piece().writeBytes(text.bytes(), 0, text.size()).retain();
    }

    /// The one that is not being sent.
    private ByteBuf piece() {
        turn ^= 1;
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
        for (int i = 0; i < pieces.length; i++) {
            ByteBuf piece = pieces[i];
            if (piece != null) {
                piece.release();
                pieces[i] = null;
            }
        }
    }
}
