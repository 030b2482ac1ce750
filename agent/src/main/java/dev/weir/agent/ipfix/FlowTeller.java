// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import dev.weir.abi.Direction;
import dev.weir.abi.EndedFlow;
import dev.weir.abi.Flow;
import dev.weir.abi.FlowKey;
import dev.weir.abi.FlowState;
import dev.weir.agent.flow.FlowClock;
import dev.weir.agent.flow.FlowNames;
import dev.weir.agent.flow.Services;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;

/// Decides of which flows there is something to tell, and tells it: a record for each direction in
/// which packets passed since the one before. Flows that were there before this agent began were told by one
/// before, so of them only what comes is told.
final class FlowTeller {
    private final WeirMaps maps;
    private final FlowMemory memory;
    private final ExportCounts counts;
    private final long activeNanos;
    private final long idleNanos;
    private final FlowNames names = new FlowNames();
    private final long begun;
    private int walk;

    /// @param maps which stay the caller's
    /// @param begun CLOCK_MONOTONIC: when no other agent exported any more
    FlowTeller(WeirMaps maps, FlowMemory memory, ExportCounts counts, long begun, long activeNanos, long idleNanos) {
        this.maps = maps;
        this.begun = begun;
        this.memory = memory;
        this.counts = counts;
        this.activeNanos = activeNanos;
        this.idleNanos = idleNanos;
    }

    /// Finds out what namespaces and rules are called now: those of a flow that ends may be gone by then.
    void refreshNames() {
        names.refresh(maps);
    }

    /// What a walk over all flows has left.
    ///
    /// @param complete whether all was told that was due, and not put off
    /// @param toldSince CLOCK_MONOTONIC: of whatever flow no packet came since then, everything is told if complete
    record Walk(boolean complete, long toldSince) {}

    /// Tells of every flow that was idle for long enough or has gone on for long enough.
    ///
    /// @param all whether of every other flow too
    Walk walk(MessageWriter to, boolean all) throws IOException {
        FlowClock clock = FlowClock.read();
        long postponed = counts.postponed.get();
        walk++;
        try {
            maps.flows().forEach((key, flow) -> visit(to, clock, key, flow, all));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        counts.known.set(memory.size());
        return new Walk(counts.postponed.get() == postponed, clock.monotonicNanos() - idleNanos);
    }

    /// Forgets flows that are not there any more. To be called once all flows that ended before a walk was over have
    /// been told.
    void forgetGone() {
        memory.forgetUnseen(walk);
        counts.known.set(memory.size());
    }

    /// Tells what a flow that ended has counted since it was told of last.
    void tellEnded(MessageWriter to, FlowClock clock, EndedFlow ended) throws IOException {
        long id = memory.id(ended.key(), ended.flow());
        int place = memory.find(id);
        if (place == FlowMemory.NONE && isFromBefore(ended.flow())) {
            counts.lost.incrementAndGet(); // what of it was told, nobody knows
            return;
        }
        try {
            tell(to, clock, ended.key(), ended.flow(), place, reason(ended));
        } catch (IOException e) {
            counts.lost.incrementAndGet(); // it is in nobody's hands any more
            throw e;
        } finally {
            memory.forget(id);
        }
    }

    private static EndReason reason(EndedFlow ended) {
        if (ended.purged()) {
            return EndReason.FORCED;
        }
        return ended.flow().state() == FlowState.CLOSED ? EndReason.ENDED : EndReason.IDLE;
    }

    private void visit(MessageWriter to, FlowClock clock, FlowKey key, Flow flow, boolean all) {
        long id = memory.id(key, flow);
        int place = memory.find(id);
        if (place != FlowMemory.NONE) {
            memory.see(place, walk);
        } else if (isFromBefore(flow)) {
            memory.remember(id, flow, toldAt(clock), walk);
            return;
        }
        boolean idle = clock.idleNanos(flow) >= idleNanos;
        if (!(all || idle || untoldNanos(clock, flow, place) >= activeNanos) || !hasNews(flow, place)) {
            return;
        }
        if (place == FlowMemory.NONE && !memory.hasRoom()) {
            counts.postponed.incrementAndGet();
            return;
        }
        try {
            tell(to, clock, key, flow, place, reason(flow, idle, all));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        memory.remember(id, flow, toldAt(clock), walk);
    }

    private static EndReason reason(Flow flow, boolean idle, boolean all) {
        if (!idle) {
            return all ? EndReason.FORCED : EndReason.ACTIVE;
        }
        return flow.state() == FlowState.CLOSED ? EndReason.ENDED : EndReason.IDLE;
    }

    private boolean isFromBefore(Flow flow) {
        return flow.openedNanos() - begun < 0;
    }

    private int toldAt(FlowClock clock) {
        return (int) ((clock.monotonicNanos() - begun) / 1_000_000);
    }

    /// For how long nothing was told of it. Times wrap around after 49 days; by then it was told.
    private long untoldNanos(FlowClock clock, Flow flow, int place) {
        return place == FlowMemory.NONE ? clock.ageNanos(flow) : (toldAt(clock) - memory.toldAt(place)) * 1_000_000L;
    }

    private boolean hasNews(Flow flow, int place) {
        return place == FlowMemory.NONE
                || flow.egressPackets() != memory.egressPackets(place)
                || flow.ingressPackets() != memory.ingressPackets(place);
    }

    private void tell(MessageWriter to, FlowClock clock, FlowKey key, Flow flow, int place, EndReason reason)
            throws IOException {
        boolean first = place == FlowMemory.NONE;
        long start = first
                ? clock.opened(flow).toEpochMilli()
                : clock.at(clock.monotonicNanos() - untoldNanos(clock, flow, place))
                        .toEpochMilli();
        long end = Math.max(start, clock.lastSeen(flow).toEpochMilli());
        FlowNames.Names called = names.of(key, flow);
        long egressPackets = flow.egressPackets() - (first ? 0 : memory.egressPackets(place));
        long ingressPackets = flow.ingressPackets() - (first ? 0 : memory.ingressPackets(place));
        long egressBytes = flow.egressBytes() - (first ? 0 : memory.egressBytes(place));
        long ingressBytes = flow.ingressBytes() - (first ? 0 : memory.ingressBytes(place));
        if (egressPackets > 0) {
            Side side = new Side(Direction.EGRESS, egressPackets, egressBytes);
            to.add(record(key, flow, called, side, start, end, reason));
        }
        if (ingressPackets > 0) {
            Side side = new Side(Direction.INGRESS, ingressPackets, ingressBytes);
            to.add(record(key, flow, called, side, start, end, reason));
        }
    }

    /// What went one way.
    private record Side(Direction direction, long packets, long bytes) {}

    private static FlowRecord record(
            FlowKey key, Flow flow, FlowNames.Names called, Side side, long start, long end, EndReason reason) {
        boolean out = side.direction == Direction.EGRESS;
        boolean ports = Services.hasPorts(key);
        int inside = ports ? key.insidePort() : 0;
        int outside = ports ? key.outsidePort() : 0;
        return new FlowRecord(
                out ? key.inside() : key.outside(),
                out ? key.outside() : key.inside(),
                out ? inside : outside,
                out ? outside : inside,
                key.protocol(),
                Services.icmpTypeCode(key, flow.opener(), side.direction),
                start,
                end,
                side.bytes,
                side.packets,
                reason,
                side.direction,
                called.namespace(),
                called.policy(),
                called.rule(),
                Verdict.of(flow.verdict()).word(),
                flow.opener());
    }
}
