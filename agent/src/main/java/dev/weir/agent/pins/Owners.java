// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.abi.CellOwner;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/// What each cell counts, at one moment: it never changes.
public final class Owners {
    /// No cell has an owner.
    public static final Owners NONE = new Owners(new CellOwner[0]);

    private final @Nullable CellOwner[] cells;
    private final int size;

    private Owners(@Nullable CellOwner[] cells) {
        this.cells = cells;
        int owned = 0;
        for (CellOwner each : cells) {
            owned += each == null ? 0 : 1;
        }
        this.size = owned;
    }

    /// Null where it has none.
    public @Nullable CellOwner of(int cell) {
        return cell < 0 || cell >= cells.length ? null : cells[cell];
    }

    /// No cell from this one on has an owner.
    public int limit() {
        return cells.length;
    }

    /// Cells that have one.
    public int size() {
        return size;
    }

    /// In the order of their numbers.
    public void forEach(ObjIntConsumer<CellOwner> action) {
        for (int cell = 0; cell < cells.length; cell++) {
            CellOwner owner = cells[cell];
            if (owner != null) {
                action.accept(owner, cell);
            }
        }
    }

    /// As this, but these cells have these owners.
    Owners with(Map<Integer, CellOwner> changed) {
        int limit = changed.keySet().stream().mapToInt(cell -> cell + 1).max().orElse(0);
        @Nullable CellOwner[] next = Arrays.copyOf(cells, Math.max(cells.length, limit));
        changed.forEach((cell, owner) -> next[cell] = owner);
        return new Owners(next);
    }

    /// As this, but these cells have no owner.
    Owners without(Collection<Integer> gone) {
        @Nullable CellOwner[] next = cells.clone();
        for (int cell : gone) {
            if (cell < next.length) {
                next[cell] = null;
            }
        }
        return new Owners(next);
    }
}
