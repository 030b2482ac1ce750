// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.pins;

import dev.weir.abi.CellOwner;
import dev.weir.abi.Codecs;
import dev.weir.bpf.BpfMap;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The map `weir_cell_owners`: what each cell counts. Where this process is the one that writes it,
/// what was read once is kept until it writes again: a scrape asks for all of them, and on a host of
/// many namespaces they are tens of thousands. Readers never wait for the writer, nor it for them.
public final class CellOwners implements AutoCloseable {
    private final BpfMap<Integer, CellOwner> map;
    private final AtomicLong changes = new AtomicLong(); // grows before and after each write
    private volatile boolean written; // by this process, and so by no other
    private volatile @Nullable Known known;

    private record Known(long change, Map<Integer, CellOwner> owners) {}

    private CellOwners(BpfMap<Integer, CellOwner> map) {
        this.map = map;
    }

    static CellOwners openPinned(PinPaths pins) {
        return new CellOwners(BpfMap.openPinned(pins.map("weir_cell_owners"), Codecs.U32, CellOwner.CODEC));
    }

    /// The owner of each cell that has one.
    public Map<Integer, CellOwner> all() {
        Known before = known;
        long change = changes.get();
        if (written && before != null && before.change == change) {
            return before.owners;
        }
        Map<Integer, CellOwner> owners = new HashMap<>();
        map.forEach(owners::put);
        Map<Integer, CellOwner> all = Collections.unmodifiableMap(owners);
        known = written ? new Known(change, all) : null;
        return all;
    }

    public Optional<CellOwner> lookup(int cell) {
        return map.lookup(cell);
    }

    /// From now on this process alone writes, as the agent does that holds the lock.
    public void written() {
        written = true;
    }

    public void update(int cell, CellOwner owner) {
        changes.incrementAndGet();
        map.update(cell, owner);
        changes.incrementAndGet();
    }

    public void delete(int cell) {
        changes.incrementAndGet();
        map.delete(cell);
        changes.incrementAndGet();
    }

    @Override
    public void close() {
        map.close();
    }
}
