// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.Cell;
import dev.weir.abi.CellOwner;
import dev.weir.abi.Count;
import dev.weir.abi.Counters;
import dev.weir.abi.Direction;
import dev.weir.abi.Endpoint;
import dev.weir.abi.Handshakes;
import dev.weir.abi.Limits;
import dev.weir.abi.Outcome;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.DropReason;
import dev.weir.agent.view.MapView;
import dev.weir.agent.view.MeterTally;
import dev.weir.agent.view.Verdict;
import dev.weir.bpf.BpfMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Adds up the counters of rules and endpoints, so that every packet is in exactly one verdict.
final class CounterReader {
    private static final Direction[] DIRECTIONS = Direction.values();
    private static final Outcome[] OUTCOMES = Outcome.values();

    private CounterReader() {}

    /// Reads all counters into `tally`.
    ///
    /// @return by which names they are called
    static Snapshot read(WeirMaps maps, MeterTally tally) {
        Snapshot names = Snapshot.read(maps);
        int slots = names.endpoints().isEmpty() ? 0 : names.endpoints().lastKey() + 1;
        @Nullable Endpoint[] endpoints = new Endpoint[slots];
        names.endpoints().forEach((slot, endpoint) -> endpoints[slot] = endpoint);
        maps.counters().forEachSum(slots, (counters, slot) -> {
            Endpoint endpoint = endpoints[slot];
            if (endpoint != null) {
                readEndpoint(endpoint, counters, tally);
            }
        });
        names.endpoints().forEach((slot, endpoint) -> {
            long offset = maps.handshakes().offset(slot);
            if (!maps.handshakes().isZero(offset, Handshakes.CODEC.byteSize())) { // as of most namespaces
                Handshakes took = maps.handshakes().read(offset, Handshakes.CODEC);
                String namespace = endpoint.namespaceName();
                tally.handshakes(namespace, Direction.EGRESS, took.egress(), took.egressMicros());
                tally.handshakes(namespace, Direction.INGRESS, took.ingress(), took.ingressMicros());
            }
        });
        maps.cells().forEachSum(names.owners().limit(), (sum, cell) -> {
            CellOwner owner = names.owners().of(cell);
            Endpoint endpoint = owner == null || owner.slot() >= slots ? null : endpoints[owner.slot()];
            if (owner != null && endpoint != null) {
                readCell(endpoint.namespaceName(), owner, sum, tally);
            }
        });
        return names;
    }

    private static void readEndpoint(Endpoint endpoint, Counters counters, MeterTally tally) {
        String namespace = endpoint.namespaceName();
        tally.began(namespace, Integer.toUnsignedLong(endpoint.sinceSeconds()));
        tally.flows(
                namespace, endpoint.flows(), endpoint.flowsOpened(), endpoint.flowsClosed(), endpoint.flowsUntracked());
        tally.answers(
                namespace,
                counters.count(Direction.EGRESS, Outcome.ANSWER).packets()
                        + counters.count(Direction.INGRESS, Outcome.ANSWER).packets(),
                endpoint.answersSuppressed());
        tally.eventsLost(namespace, counters.eventsLost());
        for (Direction direction : DIRECTIONS) {
            for (Outcome outcome : OUTCOMES) {
                Count count = counters.count(direction, outcome);
                DropReason reason = DropReason.of(outcome).orElse(null);

                tally.outcome(
                        namespace,
                        direction,
                        reason == null ? Verdict.ALLOW : Verdict.DENY,
                        count.packets(),
                        count.bytes());
                if (reason != null) {
                    tally.drop(namespace, direction, reason, count.packets());
                }
            }
        }
    }

    /// A rule's counter holds both directions of its flows; in the rule's own family they are one.
    private static void readCell(String namespace, CellOwner owner, Cell sum, MeterTally tally) {
        Verdict verdict = Verdict.of(owner.verdict());
        tally.outcome(namespace, Direction.EGRESS, verdict, sum.egressPackets(), sum.egressBytes());
        tally.outcome(namespace, Direction.INGRESS, verdict, sum.ingressPackets(), sum.ingressBytes());
        if (!verdict.passes()) {
            tally.drop(namespace, Direction.EGRESS, DropReason.POLICY, sum.egressPackets());
            tally.drop(namespace, Direction.INGRESS, DropReason.POLICY, sum.ingressPackets());
        }
        tally.rule(
                namespace,
                owner.direction(),
                owner.policy(),
                owner.rule(),
                verdict,
                sum.egressPackets() + sum.ingressPackets(),
                sum.egressBytes() + sum.ingressBytes());
    }

    private static long count(BpfMap<?, ?> map) {
        AtomicLong entries = new AtomicLong();
        map.forEach((key, value) -> entries.incrementAndGet());
        return entries.get();
    }

    /// How full each map is, as far as that can be told without walking one that is large.
    static List<MapView> maps(WeirMaps maps, Snapshot names) {
        return List.of(
                new MapView(
                        "weir_flows", maps.readFlowCount(), maps.flows().info().maxEntries()),
                new MapView("weir_endpoints", names.endpoints().size(), Limits.MAX_ENDPOINTS - 1L),
                new MapView(WeirMaps.PEERS, count(maps.peers()), Limits.MAX_PEERS),
                new MapView("weir_cells", names.owners().size(), Limits.MAX_CELLS - 1L));
    }
}
