// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.List;

/// The answer to an [EventQuery].
/// @param events the oldest first
/// @param nextCursor asks for what comes after this page, now or later
/// @param forgotten events after the cursor of the query that are not kept any more, whatever the filters
public record EventPage(List<EventView> events, long nextCursor, long forgotten) {
    public static final EventPage EMPTY = new EventPage(List.of(), 0, 0);

    public EventPage {
        events = List.copyOf(events);
    }
}
