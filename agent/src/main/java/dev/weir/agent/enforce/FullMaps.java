// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.Limits;
import java.util.ArrayList;
import java.util.List;

/// Tells which maps are full. The flow table is emptied every few seconds and filled again at once, so it
/// counts as full until there is some room in it. The enforcer's own, for its one thread.
final class FullMaps {
    /// Of the flow table.
    private static final long SOME_ROOM = Limits.MAX_FLOWS / 20;

    private boolean flowsFull;

    /// How full the enforcer's own maps are.
    ///
    /// @param slots of `weir_endpoints`, the first of which is nobody's
    /// @param addresses of `weir_addresses`
    /// @param noCells whether no rule gets a counter of its own
    record Fill(int slots, int addresses, boolean noCells) {}

    /// What is full.
    ///
    /// @param flows in `weir_flows`
    List<Drift> find(Fill fill, long flows) {
        List<Drift> found = new ArrayList<>();
        flowsFull = flows >= (flowsFull ? Limits.MAX_FLOWS - SOME_ROOM : Limits.MAX_FLOWS);
        if (flowsFull) {
            found.add(full(
                    "weir_flows is full: what finds no place in it is judged packet by packet, and counted as untracked",
                    "lower `flows.per-namespace` or `flows.idle` in weir.yaml"));
        }
        if (fill.slots() >= Limits.MAX_ENDPOINTS) {
            found.add(full(
                    "weir_endpoints is full: no further device is enforced",
                    "leave namespaces out by `namespaces.exclude` in weir.yaml"));
        }
        if (fill.addresses() >= Limits.MAX_ADDRESSES) {
            found.add(full(
                    "weir_addresses is full: further addresses belong to nobody",
                    "take addresses away from namespaces, or leave these out by `namespaces.exclude` in weir.yaml"));
        }
        if (fill.noCells()) {
            found.add(full(
                    "weir_cells is full: further rules share one counter for each device and verdict",
                    "write fewer rules, or start with fresh counters: `weir detach`, then `weir run`"));
        }
        return found;
    }

    private static Drift full(String what, String remedy) {
        return Drift.found(Drift.Kind.MAP_FULL, Drift.Place.HOST, what, remedy);
    }
}
