// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.CellOwner;
import dev.weir.abi.Direction;
import dev.weir.abi.Verdict;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// Which counter belongs to which rule of which endpoint. A rule keeps its cell for as long as its endpoint lives,
/// also while it is gone from the policy, so that no count ever falls. Not thread-safe: the enforcer's own.
final class CellBook {
    /// Rule name of the two cells, one a verdict, that count what found no cell of its own.
    static final String OTHER = "other";

    private final int capacity;
    private final int reserved;
    private final Map<Integer, Map<CellOwner, Integer>> cells = new HashMap<>(); // by slot
    private final BitSet taken = new BitSet();
    private int count; // of those that are taken
    private int free; // none before this one is

    /// @param capacity of `weir_cells`; cell 0 is never given out
    /// @param reserved cells that no rule gets, so that a new endpoint can always have its [#other] two
    CellBook(int capacity, int reserved) {
        this.capacity = capacity;
        this.reserved = reserved;
        taken.set(0);
        count = 1;
        free = 1;
    }

    /// The cell that this owner has.
    OptionalInt find(CellOwner owner) {
        Integer cell = cells.getOrDefault(owner.slot(), Map.of()).get(owner);
        return cell == null ? OptionalInt.empty() : OptionalInt.of(cell);
    }

    /// A free cell for an owner that has none; empty when all that it may have are taken.
    OptionalInt take(CellOwner owner) {
        boolean other = owner.equals(other(owner.slot(), owner.verdict()));
        if (count >= (other ? capacity : capacity - reserved)) {
            return OptionalInt.empty();
        }
        int cell = taken.nextClearBit(free);
        free = cell + 1;
        adopt(cell, owner);
        return OptionalInt.of(cell);
    }

    /// Takes note of what an earlier agent gave out.
    void adopt(int cell, CellOwner owner) {
        count += taken.get(cell) ? 0 : 1;
        taken.set(cell);
        cells.computeIfAbsent(owner.slot(), _ -> new HashMap<>()).put(owner, cell);
    }

    /// Frees every cell of a slot and returns them.
    Collection<Integer> release(int slot) {
        Map<CellOwner, Integer> gone = cells.remove(slot);
        if (gone == null) {
            return List.of();
        }
        for (int cell : gone.values()) {
            taken.clear(cell);
            count--;
            free = Math.min(free, cell);
        }
        return gone.values();
    }

    /// The slots that have cells.
    Set<Integer> slots() {
        return Set.copyOf(cells.keySet());
    }

    /// Whether no rule gets a cell of its own any more.
    boolean isFull() {
        return count >= capacity - reserved;
    }

    int used() {
        return count - 1;
    }

    /// Who owns the cell that counts for rules of `slot` without one of their own.
    static CellOwner other(int slot, Verdict verdict) {
        return new CellOwner(slot, Direction.EGRESS, verdict, "", OTHER);
    }
}
