// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.view.FlowChanges;
import dev.weir.agent.view.FlowQuery;
import dev.weir.agent.view.FlowWatch;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// `/api/v1/flows/stream`: about once a second what has changed of the flows that a query asks for.
/// While a client does not read, changes are not looked for; when it reads again it is told what has
/// changed in all that time.
final class FlowFeed implements Feed {
    private static final int BYTES_A_FLOW = 768;

    private final FlowTicks ticks;
    private final FlowWatch watch;
    private final int limit;
    private final EventMessages out = new EventMessages();
    private final AtomicReference<@Nullable FlowChanges> changes = new AtomicReference<>();
    private volatile boolean fresh = true;

    FlowFeed(FlowTicks ticks, FlowQuery query) {
        this.ticks = ticks;
        this.watch = new FlowWatch(query);
        this.limit = query.limit();
        ticks.join(this);
    }

    @Override
    public String contentType() {
        return EventMessages.CONTENT_TYPE;
    }

    /// All that were shown are closed, and as many opened.
    @Override
    public int kibibytes() {
        return Math.max(1, 2 * limit * BYTES_A_FLOW / 1024);
    }

    @Override
    public ByteBuf next() {
        ticks.tick();
        FlowChanges told = changes.getAndSet(null);
        if (told != null && (fresh || !told.none())) {
            out.message(told);
            fresh = false;
        }
        return out.end();
    }

    @Override
    public void close() {
        ticks.leave(this);
    }

    /// Whether its client has nothing yet.
    boolean isFresh() {
        return fresh;
    }

    /// Whether it has room for changes.
    boolean isOpen() {
        return changes.get() == null;
    }

    FlowWatch.Look look() {
        return watch.look();
    }

    void offer(FlowChanges found) {
        changes.set(found);
    }
}
