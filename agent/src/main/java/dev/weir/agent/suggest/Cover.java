// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.suggest;

import dev.weir.abi.Direction;
import dev.weir.policy.Peer;
import dev.weir.policy.yaml.ExactService;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Function;

/// One rule to be: each of these peers was seen with each of these services, so that it allows nothing else.
record Cover(Set<Peer> peers, Set<ExactService> services, Evidence evidence) {
    /// The openings of one direction as few rules: peers with the same services share one, or services with the same
    /// peers do, whichever makes fewer. Both are exact, and both come out in the same order for the same openings.
    static List<Cover> of(SortedMap<Opening, Evidence> seen, Direction direction) {
        List<Opening> openings = seen.keySet().stream()
                .filter(opening -> opening.direction() == direction)
                .toList();
        var byPeer = shared(openings, Opening::peer, Opening::service);
        var byService = shared(openings, Opening::service, Opening::peer);
        List<Cover> rules = new ArrayList<>();
        if (byPeer.size() <= byService.size()) {
            byPeer.forEach((services, peers) -> rules.add(rule(seen, direction, peers, services)));
        } else {
            byService.forEach((peers, services) -> rules.add(rule(seen, direction, peers, services)));
        }
        return rules;
    }

    /// The keys that have the same values, by those values.
    private static <K, V> Map<Set<V>, Set<K>> shared(
            Collection<Opening> openings, Function<Opening, K> key, Function<Opening, V> value) {
        Map<K, Set<V>> values = new LinkedHashMap<>();
        openings.forEach(opening -> values.computeIfAbsent(key.apply(opening), _ -> new LinkedHashSet<>())
                .add(value.apply(opening)));
        Map<Set<V>, Set<K>> keys = new LinkedHashMap<>();
        values.forEach((each, all) ->
                keys.computeIfAbsent(all, _ -> new LinkedHashSet<>()).add(each));
        return keys;
    }

    private static Cover rule(
            SortedMap<Opening, Evidence> seen, Direction direction, Set<Peer> peers, Set<ExactService> services) {
        Evidence evidence = peers.stream()
                .flatMap(peer -> services.stream().map(service -> seen.get(new Opening(direction, peer, service))))
                .reduce(Evidence::plus)
                .orElseThrow();
        return new Cover(peers, services, evidence);
    }
}
