// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.Test;

class DriftBookTest {
    private final DriftBook book = new DriftBook();

    private static Drift full(String map) {
        return Drift.found(Drift.Kind.MAP_FULL, Drift.Place.HOST, map, "");
    }

    @Test
    void whatLastsBeganWhenItWasSeenFirst() {
        Drift first = full("flows");
        book.lasts(List.of(first));
        book.lasts(List.of(full("flows"), full("cells")));
        assertEquals(first, book.all().getFirst());
        assertEquals(2, book.all().size());
        assertNull(book.all().getLast().ended());
    }

    @Test
    void whatIsNotSeenAnyMoreHasEnded() {
        book.lasts(List.of(full("flows")));
        book.lasts(List.of());
        Drift over = book.all().getFirst();
        assertEquals("flows", over.what());
        assertNotNull(over.ended());
        book.lasts(List.of(full("flows")));
        assertEquals(2, book.all().size(), "again is another time");
        assertNull(book.all().getFirst().ended());
    }

    @Test
    void onlySoMuchOfThePastIsKept() {
        for (int i = 0; i < 2 * DriftBook.KEPT; i++) {
            book.repaired(full("map " + i));
        }
        assertEquals(DriftBook.KEPT, book.all().size());
        assertEquals("map " + (2 * DriftBook.KEPT - 1), book.all().getFirst().what());
    }
}
