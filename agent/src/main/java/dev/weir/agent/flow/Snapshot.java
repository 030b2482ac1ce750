// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.CellOwner;
import dev.weir.abi.Direction;
import dev.weir.abi.Endpoint;
import dev.weir.abi.Verdict;
import dev.weir.agent.pins.Owners;
import dev.weir.agent.pins.WeirMaps;
import java.util.Map;
import java.util.SortedMap;

/// The names behind slots and cells, read once for one answer.
///
/// @param endpoints by slot
/// @param owners by cell
/// @param vantages what they are called, by number
record Snapshot(SortedMap<Integer, Endpoint> endpoints, Owners owners, Map<Integer, String> vantages) {
    private static final CellOwner UNKNOWN = new CellOwner(0, Direction.EGRESS, Verdict.DENY, "", "unknown");

    static Snapshot read(WeirMaps maps) {
        return new Snapshot(maps.readEndpoints(), maps.owners().all(), maps.readVantageNames());
    }

    /// What a device is called by whoever looks at all vantages.
    String called(Endpoint endpoint) {
        return WeirMaps.called(endpoint, vantages);
    }

    /// The rule that a cell counts; one that was freed while we looked is called `unknown`.
    CellOwner owner(int cell) {
        CellOwner owner = owners.of(cell);
        return owner == null ? UNKNOWN : owner;
    }
}
