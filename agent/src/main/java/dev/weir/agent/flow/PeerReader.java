// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.Account;
import dev.weir.abi.Endpoint;
import dev.weir.abi.Limits;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.PeerView;
import dev.weir.agent.view.PeerView.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Reads who talks to whom, and gives names to the numbers that the kernel knows them by. Nothing is lost
/// in it: a peer that has no name any more is shown as others.
final class PeerReader {
    private final WeirMaps maps;
    private final AtomicReference<Walk> last = new AtomicReference<>(new Walk(0, Instant.EPOCH));

    PeerReader(WeirMaps maps) {
        this.maps = maps;
    }

    /// When flows were last added up, by the kernel's clock and by that of the wall.
    private record Walk(long nanos, Instant at) {}

    /// When flows were last added up; null before the first time. It is the same time for as long as
    /// nobody adds up anew, however the two clocks drift apart: rates are reckoned by it.
    @Nullable
    Instant countedAt() {
        long nanos = maps.readState().creditedNanos();
        return nanos == 0
                ? null
                : last.updateAndGet(known -> known.nanos == nanos
                                ? known
                                : new Walk(nanos, FlowClock.read().at(nanos)))
                        .at;
    }

    /// A row for each pair, and for each namespace one of what it has exchanged with others.
    ///
    /// @param endpoints of the namespaces whose peers are shown
    /// @param known by number, names of those who may be peers and have no endpoint
    List<PeerView> read(Collection<Endpoint> endpoints, Map<Integer, String> known) {
        Map<Integer, String> enforced = new TreeMap<>();
        endpoints.forEach(endpoint -> enforced.put(endpoint.namespaceNumber(), endpoint.namespaceName()));
        // Before the pairs: one that is taken out meanwhile is in neither place for a moment, but never in both.
        Map<Integer, long[]> others = others(enforced.keySet());
        List<PeerView> rows = new ArrayList<>();
        maps.peers().forEach((pair, sum) -> {
            String namespace = enforced.get(pair.namespaceNumber());
            long[] other = others.get(pair.namespaceNumber());
            if (namespace == null || other == null) {
                return; // its devices have gone
            }
            String peer = enforced.get(pair.peer());
            peer = peer == null ? known.get(pair.peer()) : peer;
            if (pair.peer() == Limits.HOST_NUMBER) {
                rows.add(PeerView.of(namespace, Kind.HOST, sum.egressBytes(), sum.ingressBytes()));
            } else if (pair.peer() == Limits.WORLD) {
                rows.add(PeerView.of(namespace, Kind.WORLD, sum.egressBytes(), sum.ingressBytes()));
            } else if (peer != null) {
                rows.add(new PeerView(namespace, peer, Kind.NAMESPACE, sum.egressBytes(), sum.ingressBytes()));
            } else {
                other[0] += sum.egressBytes();
                other[1] += sum.ingressBytes();
            }
        });
        enforced.forEach((number, namespace) -> {
            long[] other = others.getOrDefault(number, new long[2]);
            rows.add(PeerView.of(namespace, Kind.OTHER, other[0], other[1]));
        });
        return rows;
    }

    /// By number, what a namespace has exchanged that belongs to no pair: what left it, and what entered it.
    private Map<Integer, long[]> others(Collection<Integer> numbers) {
        Map<Integer, long[]> others = new HashMap<>();
        for (int number : numbers) {
            Account account = maps.accounts().read(maps.accounts().offset(number), Account.CODEC);
            others.put(number, new long[] {account.otherEgressBytes(), account.otherIngressBytes()});
        }
        return others;
    }
}
