// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.view.AgentView;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.EventView;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// `/api/v1/events/stream`: the page that a query asks for, and what happens after it. The agent's log
/// is all that is kept for a client: one that falls behind it is told how many events it has missed.
final class EventFeed implements Feed {
    /// Events that are looked at together.
    private static final int TOGETHER = 64;

    /// A piece ends with the event that makes it so long.
    private static final int PIECE_BYTES = 32768;

    /// What a client missed.
    /// @param events however the stream filters: nobody can tell any more
    record Lost(long events) {}

    private final AgentView view;
    private final EventQuery query;
    private final EventMessages out = new EventMessages();
    private @Nullable Long position;

    EventFeed(AgentView view, EventQuery query) {
        this.view = view;
        this.query = query;
        this.position = query.after();
    }

    @Override
    public String contentType() {
        return EventMessages.CONTENT_TYPE;
    }

    @Override
    public int kibibytes() {
        return 2 * PIECE_BYTES / 1024;
    }

    @Override
    public ByteBuf next() {
        if (position == null) {
            position = begin();
        }
        EventPage page = view.events(query.after(position, TOGETHER));
        if (page.forgotten() > 0) {
            out.position(position + page.forgotten());
            out.message("lost", new Lost(page.forgotten()));
        }
        long reached = page.nextCursor();
        for (EventView event : page.events()) {
            out.position(event.number());
            out.message(event);
            if (out.size() >= PIECE_BYTES) {
                reached = event.number();
                break;
            }
        }
        position = reached;
        return out.end();
    }

    /// The number before the first event of the page.
    private long begin() {
        if (query.limit() == 0) {
            return view.events(EventQuery.ALL).nextCursor();
        }
        EventPage page = view.events(query);
        return page.events().isEmpty()
                ? page.nextCursor()
                : page.events().getFirst().number() - 1;
    }
}
