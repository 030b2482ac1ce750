// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.policy.Holder;
import dev.weir.policy.Peer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The rules of one direction that name holders of addresses. Plain names are looked up; only the rest is
/// tried one by one.
final class HolderSelectors {
    private final Map<String, List<Integer>> names = new HashMap<>();
    private final Map<Peer.Holding, List<Integer>> others = new LinkedHashMap<>();

    void add(Peer.Holding peer, int rule) {
        List<Integer> rules = peer instanceof Peer.NamespaceSelector(var glob) && glob.isName()
                ? names.computeIfAbsent(glob.pattern(), _ -> new ArrayList<>())
                : others.computeIfAbsent(peer, _ -> new ArrayList<>());
        rules.add(rule);
    }

    boolean isEmpty() {
        return names.isEmpty() && others.isEmpty();
    }

    /// The service list of the rules that name the holder.
    int list(Holder holder, ServiceLists lists, Budget budget) throws Budget.ExceededException {
        List<Integer> rules = new ArrayList<>();
        if (holder instanceof Holder.Namespace namespace) {
            rules.addAll(names.getOrDefault(namespace.name(), List.of()));
            budget.work((long) others.size() * namespace.name().length());
        }
        others.forEach((peer, of) -> {
            if (peer.names(holder)) {
                rules.addAll(of);
            }
        });
        budget.work(rules.size());
        return lists.of(
                rules.stream().mapToInt(Integer::intValue).sorted().distinct().toArray());
    }
}
