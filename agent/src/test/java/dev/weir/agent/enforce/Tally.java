// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.CellOwner;
import dev.weir.abi.Count;
import dev.weir.abi.Direction;
import dev.weir.abi.Outcome;
import dev.weir.agent.pins.Owners;
import dev.weir.agent.pins.WeirMaps;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// What all counters of the first slots say at one moment, those of unknown devices (slot 0) included.
record Tally(Map<Place, Count> counts) {
    private static final int SLOTS = 5;

    /// Where a packet may be counted.
    ///
    /// @param direction of the packet
    /// @param verdict in words: `deny by web/ingress/default`, `drop malformed`, `pass`
    record Place(int slot, Direction direction, String verdict) {}

    static Tally read(WeirMaps maps) {
        Owners owners = maps.owners().all();
        Map<Place, Count> counts = new HashMap<>();
        maps.cells().forEachSum(Math.max(1, owners.limit()), (cell, index) -> {
            CellOwner owner = owners.of(index);
            for (Direction direction : Direction.values()) {
                String verdict = owner == null ? "cell " + index + " of nobody" : name(owner);
                Place place = new Place(owner == null ? 0 : owner.slot(), direction, verdict);
                counts.merge(place, cell.count(direction), Tally::add);
            }
        });
        maps.counters().forEachSum(SLOTS, (counters, slot) -> {
            for (Direction direction : Direction.values()) {
                for (Outcome outcome : Outcome.values()) {
                    counts.put(new Place(slot, direction, name(outcome)), counters.count(direction, outcome));
                }
            }
        });
        return new Tally(counts);
    }

    /// What was counted since `before`, where anything was.
    Map<Place, Count> since(Tally before) {
        Map<Place, Count> difference = new HashMap<>();
        counts.forEach((place, now) -> {
            Count then = before.counts.getOrDefault(place, new Count(0, 0));
            if (!now.equals(then)) {
                difference.put(place, new Count(now.packets() - then.packets(), now.bytes() - then.bytes()));
            }
        });
        return difference;
    }

    private static Count add(Count a, Count b) {
        return new Count(a.packets() + b.packets(), a.bytes() + b.bytes());
    }

    private static String name(Outcome outcome) {
        return outcome.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String name(CellOwner owner) {
        String rule = owner.policy().isEmpty()
                ? owner.rule() + "/" + owner.direction()
                : owner.policy() + "/" + owner.direction() + "/" + owner.rule();
        return owner.verdict() + " by " + rule;
    }
}
