// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.CellOwner;
import dev.weir.abi.Direction;
import dev.weir.abi.Verdict;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CellBookTest {
    private final CellBook book = new CellBook(4, 0);

    private static CellOwner owner(int slot, String rule) {
        return new CellOwner(slot, Direction.INGRESS, Verdict.ALLOW, "web", rule);
    }

    @Test
    void cellsAreGivenOutFromOneUntilAllAreTaken() {
        assertEquals(OptionalInt.of(1), book.take(owner(1, "a")));
        assertEquals(OptionalInt.of(2), book.take(owner(1, "b")));
        assertEquals(OptionalInt.of(3), book.take(owner(1, "c")));
        assertEquals(OptionalInt.empty(), book.take(owner(1, "d")));
        assertEquals(3, book.used());
        assertEquals(OptionalInt.of(2), book.find(owner(1, "b")));
        assertEquals(OptionalInt.empty(), book.find(owner(1, "d")));
    }

    @Test
    void slotDirectionAndVerdictTellOwnersApart() {
        book.take(owner(1, "a"));
        assertEquals(OptionalInt.empty(), book.find(owner(2, "a")));
        assertEquals(OptionalInt.empty(), book.find(new CellOwner(1, Direction.EGRESS, Verdict.ALLOW, "web", "a")));
        assertEquals(OptionalInt.empty(), book.find(new CellOwner(1, Direction.INGRESS, Verdict.DENY, "web", "a")));
        assertEquals(OptionalInt.empty(), book.find(new CellOwner(1, Direction.INGRESS, Verdict.ALLOW, "db", "a")));
    }

    @Test
    void releasedCellsAreGivenOutAgainAndOthersStay() {
        book.take(owner(1, "a"));
        book.take(owner(2, "a"));
        book.take(owner(1, "b"));
        assertEquals(List.of(1, 3), book.release(1).stream().sorted().toList());
        assertTrue(book.release(1).isEmpty());
        assertEquals(Set.of(2), book.slots());
        assertEquals(OptionalInt.empty(), book.find(owner(1, "a")));
        assertEquals(OptionalInt.of(2), book.find(owner(2, "a")));
        assertEquals(OptionalInt.of(1), book.take(owner(3, "c")));
    }

    @Test
    void adoptedCellsAreNotGivenOut() {
        book.adopt(1, owner(9, "a"));
        book.adopt(2, CellBook.other(9, Verdict.DENY));
        assertEquals(OptionalInt.of(3), book.take(owner(1, "b")));
        assertEquals(OptionalInt.of(2), book.find(CellBook.other(9, Verdict.DENY)));
        assertEquals(OptionalInt.empty(), book.find(CellBook.other(9, Verdict.ALLOW)));
    }
}
