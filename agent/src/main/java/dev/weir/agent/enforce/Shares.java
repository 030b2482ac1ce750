// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.Limits;
import dev.weir.abi.State;
import dev.weir.bpf.MappedArray;

/// What each namespace can have of what all share, whatever the others do.
///
/// @param flows that it can always have
/// @param flowRoom how many flows of all together leave room for everybody's share
/// @param eventIntervalMicros least mean distance of its events
record Shares(int flows, int flowRoom, int eventIntervalMicros) {
    private static final long SECOND_MICROS = 1_000_000;

    /// Half of the flow table is divided evenly, the other half is there for whoever needs more. Events of a second are
    /// divided evenly, but nobody gets more than a few.
    static Shares among(long namespaces) {
        long some = Math.max(1, namespaces);
        int room = Limits.MAX_FLOWS / 2;
        long interval = Math.max(
                SECOND_MICROS / Limits.NAMESPACE_EVENTS_PER_SECOND, some * SECOND_MICROS / Limits.EVENTS_PER_SECOND);
        return new Shares((int) (room / some), room, (int) interval);
    }

    /// Makes them hold.
    void write(MappedArray state) {
        state.setInt(State.FLOW_SHARE, flows);
        state.setInt(State.FLOW_ROOM, flowRoom);
        state.setInt(State.EVENT_INTERVAL, eventIntervalMicros);
    }
}
