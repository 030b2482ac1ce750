// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.abi.CellOwner;
import dev.weir.abi.Codecs;
import dev.weir.bpf.BpfMap;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The map `weir_cell_owners`: what each cell counts. The process that writes it knows what is in it without asking: a
/// scrape wants all of them, and on a host of many namespaces they are tens of thousands, with few different names.
/// Readers never wait for the writer, nor it for them.
public final class CellOwners implements AutoCloseable {
    private final BpfMap<Integer, CellOwner> map;
    private final Map<Integer, CellOwner> unwritten = new HashMap<>(); // the writer's
    private volatile @Nullable Owners mine; // what is in the map, where this process writes it

    private CellOwners(BpfMap<Integer, CellOwner> map) {
        this.map = map;
    }

    static CellOwners openPinned(PinPaths pins) {
        return new CellOwners(BpfMap.openPinned(pins.map("weir_cell_owners"), Codecs.U32, CellOwner.CODEC));
    }

    /// The owner of each cell that has one now.
    public Owners all() {
        Owners known = mine;
        return known != null ? known : read();
    }

    private Owners read() {
        Map<Integer, CellOwner> owners = new HashMap<>();
        Map<String, String> names = new HashMap<>();
        map.forEach((cell, owner) -> owners.put(
                cell,
                new CellOwner(
                        owner.slot(),
                        owner.direction(),
                        owner.verdict(),
                        names.computeIfAbsent(owner.policy(), name -> name),
                        names.computeIfAbsent(owner.rule(), name -> name))));
        return Owners.NONE.with(owners);
    }

    public Optional<CellOwner> lookup(int cell) {
        Owners known = mine;
        return known != null ? Optional.ofNullable(known.of(cell)) : map.lookup(cell);
    }

    /// From now on this process alone writes, as the agent does that holds the lock.
    public void own() {
        mine = read();
    }

    /// Remembers the owner of a cell until [#write].
    public void put(int cell, CellOwner owner) {
        unwritten.put(cell, owner);
    }

    /// Writes what was put since the last time: before a packet may be counted in one of these cells.
    public void write() {
        if (unwritten.isEmpty()) {
            return; // as before each device but the first of many
        }
        map.updateAll(unwritten);
        Owners known = mine;
        if (known != null) {
            mine = known.with(unwritten);
        }
        unwritten.clear();
    }

    public void delete(Collection<Integer> cells) {
        for (int cell : cells) {
            unwritten.remove(cell);
            map.delete(cell);
        }
        Owners known = mine;
        if (known != null) {
            mine = known.without(cells);
        }
    }

    @Override
    public void close() {
        map.close();
    }
}
