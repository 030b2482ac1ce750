// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.CellOwner;
import dev.weir.abi.Direction;
import dev.weir.abi.Limits;
import dev.weir.abi.Verdict;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OwnersTest {
    private static CellOwner owner(int slot) {
        return new CellOwner(slot, Direction.INGRESS, Verdict.ALLOW, "web", "open");
    }

    private static Map<Integer, CellOwner> all(Owners owners) {
        Map<Integer, CellOwner> all = new TreeMap<>();
        owners.forEach((owner, cell) -> {
            assertTrue(cell < owners.limit());
            all.put(cell, owner);
        });
        assertEquals(all.size(), owners.size());
        return all;
    }

    @Test
    void noneHasNone() {
        assertEquals(0, Owners.NONE.limit());
        assertEquals(Map.of(), all(Owners.NONE));
        assertNull(Owners.NONE.of(0));
        assertNull(Owners.NONE.of(-1));
        assertEquals(0, Owners.NONE.without(List.of(7)).size());
    }

    @Test
    void lastCellThatAMapHasIsOneOfThem() {
        Owners owners = Owners.NONE.with(Map.of(Limits.MAX_CELLS - 1, owner(1)));
        assertEquals(Limits.MAX_CELLS, owners.limit());
        assertEquals(owner(1), owners.of(Limits.MAX_CELLS - 1));
        assertNull(owners.of(Limits.MAX_CELLS));
    }

    /// Whatever comes and goes, each moment stays as a map was then.
    @Test
    void whatWasStaysAsItWas() {
        Random random = new Random(7);
        Map<Integer, CellOwner> model = new HashMap<>();
        Map<Owners, Map<Integer, CellOwner>> moments = new HashMap<>();
        Owners owners = Owners.NONE;
        for (int round = 0; round < 200; round++) {
            if (random.nextInt(3) == 0) {
                List<Integer> gone = random.ints(20, 0, 1_500).boxed().toList();
                model.keySet().removeAll(gone);
                owners = owners.without(gone);
            } else {
                Map<Integer, CellOwner> changed = new HashMap<>();
                for (int i = random.nextInt(20); i > 0; i--) {
                    changed.put(random.nextInt(1_500), owner(round));
                }
                model.putAll(changed);
                owners = owners.with(changed);
            }
            moments.put(owners, Map.copyOf(model));
        }
        moments.forEach((moment, then) -> assertEquals(then, all(moment)));
    }
}
