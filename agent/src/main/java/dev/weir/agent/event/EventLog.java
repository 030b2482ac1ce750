// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.event;

import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.EventView;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/// The latest events, numbered in the order in which they came. Safe to use from several threads; nobody waits
/// longer than it takes to copy a list.
public final class EventLog {
    /// Events that are kept; older ones make room.
    public static final int CAPACITY = 10_000;

    private final ArrayDeque<EventView> kept = new ArrayDeque<>();
    private final int capacity;
    private final long begin;
    private long next;

    /// Numbers begin with the microseconds of the wall clock, so that those of an agent that starts again are
    /// higher than any that it gave before.
    public EventLog() {
        this(CAPACITY, Instant.now().toEpochMilli() * 1000);
    }

    EventLog(int capacity, long first) {
        this.capacity = capacity;
        this.begin = first;
        this.next = first;
    }

    /// Keeps the event that `event` makes of its number.
    public synchronized void add(LongFunction<EventView> event) {
        if (kept.size() == capacity) {
            kept.removeFirst();
        }
        kept.addLast(event.apply(next++));
    }

    /// Keeps an event about the agent.
    public void tell(String text) {
        Instant now = Instant.now();
        add(number -> EventView.of(number, now, text));
    }

    /// The page that a query asks for. Who asks with a number that was not given yet, because the
    /// clock was set back while no agent ran, is shown everything; so is who asks with one of an agent
    /// that ran before, and what of that one's events it has missed is not known.
    public EventPage page(EventQuery query) {
        Long after = query.after();
        List<EventView> all;
        long end;
        synchronized (this) {
            end = next;
            if (after != null && after == end - 1) {
                return new EventPage(List.of(), after, 0); // as most of those who follow are answered
            }
            all = new ArrayList<>(kept);
        }
        if (after == null) {
            List<EventView> latest = new ArrayList<>();
            for (EventView event : all.reversed()) {
                if (latest.size() < query.limit() && query.matches(event)) {
                    latest.add(event);
                }
            }
            return new EventPage(latest.reversed(), end - 1, 0);
        }
        long first = all.isEmpty() ? end : all.getFirst().number();
        long from = after >= end ? first : after + 1;
        List<EventView> later = new ArrayList<>();
        long last = end - 1;
        for (EventView event : all) {
            if (event.number() >= from && query.matches(event)) {
                later.add(event);
                if (later.size() == query.limit()) {
                    last = event.number();
                    break;
                }
            }
        }
        return new EventPage(later, last, Math.max(0, first - Math.max(from, begin)));
    }
}
