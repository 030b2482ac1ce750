// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.agent.view.FlowWalk;
import dev.weir.agent.view.Json;
import dev.weir.agent.view.TrafficFilter;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/// All flows of the table, written as they are read: a [dev.weir.agent.view.FlowPage] that is never in
/// memory.
final class TableFeed implements Feed {
    private static final int KIBIBYTES = 256;

    /// So many fit into a piece, each taking half a kibibyte.
    private static final int TOGETHER = 2 * KIBIBYTES;

    private final FlowWalk walk;
    private final TrafficFilter filter;
    private final ByteArrayOutputStream piece = new ByteArrayOutputStream(KIBIBYTES * 1024);
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
    public byte @Nullable [] next() {
        if (ended) {
            return null;
        }
        if (!begun) {
            write("{\"flows\":[");
            begun = true;
        }
        ended = !walk.show(TOGETHER, flow -> {
            scanned++;
            if (filter.matches(flow)) {
                if (matched++ > 0) {
                    piece.write(',');
                }
                Json.write(flow, piece);
            }
        });
        if (ended) {
            write("],\"nextCursor\":null,\"matched\":" + matched + ",\"scanned\":" + scanned + "}");
        }
        if (piece.size() == 0) {
            piece.write(' '); // nothing matches in this part; it is as well to go on at once
        }
        byte[] bytes = piece.toByteArray();
        piece.reset();
        return bytes;
    }

    private void write(String text) {
        piece.writeBytes(text.getBytes(UTF_8));
    }
}
