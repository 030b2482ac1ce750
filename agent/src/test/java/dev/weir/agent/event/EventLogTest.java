// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.EventQuery;
import dev.weir.agent.view.EventView;
import dev.weir.agent.view.TrafficFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EventLogTest {
    private static final int CAPACITY = 8;

    private final EventLog log = new EventLog(CAPACITY, 100);

    private void tell(int count) {
        for (int i = 0; i < count; i++) {
            log.tell("something");
        }
    }

    private EventPage after(@Nullable Long cursor, int limit) {
        return log.page(new EventQuery(TrafficFilter.ALL, null, limit, cursor));
    }

    private static List<Long> numbers(EventPage page) {
        return page.events().stream().map(EventView::number).toList();
    }

    @Test
    void latestComeWithoutACursorTheOldestFirst() {
        tell(5);
        EventPage page = after(null, 3);
        assertEquals(List.of(102L, 103L, 104L), numbers(page));
        assertEquals(104, page.nextCursor());
    }

    @Test
    void nothingIsShownTwiceOrLeftOut() {
        tell(3);
        EventPage page = after(null, 2);
        List<Long> seen = new ArrayList<>(numbers(page));
        tell(5);
        for (int i = 0; i < 4; i++) {
            page = after(page.nextCursor(), 2);
            seen.addAll(numbers(page));
            assertEquals(0, page.forgotten());
        }
        assertEquals(List.of(101L, 102L, 103L, 104L, 105L, 106L, 107L), seen);
        assertEquals(107, page.nextCursor());
    }

    @Test
    void emptyLogHasACursorToo() {
        EventPage page = after(null, 2);
        assertEquals(99, page.nextCursor());
        tell(1);
        assertEquals(List.of(100L), numbers(after(page.nextCursor(), 2)));
    }

    @Test
    void whatMadeRoomIsCounted() {
        tell(1);
        EventPage page = after(null, 2);
        tell(CAPACITY);
        assertEquals(0, after(page.nextCursor(), CAPACITY).forgotten());
        tell(3);
        page = after(page.nextCursor(), CAPACITY);
        assertEquals(3, page.forgotten());
        assertEquals(CAPACITY, page.events().size());
    }

    @Test
    void cursorOfAnotherLifeShowsAll() {
        tell(3);
        assertEquals(List.of(100L, 101L, 102L), numbers(after(5_000L, 10)));
        EventPage ofBefore = after(5L, 10);
        assertEquals(List.of(100L, 101L, 102L), numbers(ofBefore));
    }

    @Test
    void numbersOfALaterLifeAreHigher() {
        EventLog first = new EventLog();
        first.tell("something");
        long last = first.page(EventQuery.ALL).nextCursor();
        assertTrue(last > 1_700_000_000_000_000L, () -> last + " is no time in microseconds");
    }

    @Test
    void cursorPassesWhatTheFiltersLeaveOut() throws Exception {
        tell(4);
        EventPage page = log.page(EventQuery.parse(Map.of("namespace", List.of("blue"), "cursor", List.of("100"))));
        assertEquals(List.of(), page.events());
        assertEquals(103, page.nextCursor());
    }

    @Test
    void longTextIsCut() {
        log.tell("x".repeat(5000));
        assertEquals(
                1001, String.valueOf(after(null, 1).events().getFirst().text()).length());
    }
}
