// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.policy.Glob;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The rules of one direction that name namespaces. Plain names are looked up; only patterns are tried one by one.
final class NamespaceSelectors {
    private final Map<String, List<Integer>> names = new HashMap<>();
    private final Map<Glob, List<Integer>> patterns = new LinkedHashMap<>();

    void add(Glob glob, int rule) {
        if (glob.isName()) {
            names.computeIfAbsent(glob.pattern(), _ -> new ArrayList<>()).add(rule);
        } else {
            patterns.computeIfAbsent(glob, _ -> new ArrayList<>()).add(rule);
        }
    }

    /// The service list of the rules that name the namespace.
    int list(String namespace, ServiceLists lists, Budget budget) throws Budget.ExceededException {
        List<Integer> rules = new ArrayList<>(names.getOrDefault(namespace, List.of()));
        budget.work((long) patterns.size() * namespace.length());
        patterns.forEach((glob, of) -> {
            if (glob.matches(namespace)) {
                rules.addAll(of);
            }
        });
        budget.work(rules.size());
        return lists.of(
                rules.stream().mapToInt(Integer::intValue).sorted().distinct().toArray());
    }
}
