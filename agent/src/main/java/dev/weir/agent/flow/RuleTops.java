// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.Direction;
import dev.weir.agent.view.Judgement;
import dev.weir.agent.view.MeterSnapshot.Rule;
import dev.weir.agent.view.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Bounds how many rules of one namespace `/metrics` shows apart. Of a namespace with more than `places`, those that
/// have counted get them, the largest first, and what is left over is added up, for each direction and action, as rule
/// `other` of no policy, which is also where the kernel counts for rules without a cell: the sum stays whole.
///
/// A rule that has once been shown with a count stays shown while the namespace lives, and one that has counted
/// in `other` stays there, so that no series ever falls. Whoever starts anew chooses anew.
final class RuleTops {
    /// Rules of one namespace that are shown apart.
    static final int PLACES = 200;

    private final int places;

    /// Namespaces that had more rules than places.
    private final Set<String> crowded = new HashSet<>();

    /// For each namespace, which rules were shown with a count: they keep their places.
    private final Map<String, Set<Key>> counted = new HashMap<>();

    RuleTops(int places) {
        this.places = places;
    }

    /// What tells the rules of one namespace apart.
    private record Key(Direction direction, String policy, String rule, Verdict action) {
        static Key of(Rule row) {
            return new Key(row.direction(), row.policy(), row.rule(), row.action());
        }
    }

    /// The rows to show.
    ///
    /// @param rows those of one namespace together, and so are those to show
    synchronized List<Rule> cut(List<Rule> rows) {
        Set<String> namespaces = new HashSet<>();
        List<Rule> shown = new ArrayList<>(rows.size());
        for (int from = 0, to; from < rows.size(); from = to) {
            String namespace = rows.get(from).namespace();
            to = from;
            while (to < rows.size() && rows.get(to).namespace().equals(namespace)) {
                to++;
            }
            namespaces.add(namespace);
            shown.addAll(cut(namespace, rows.subList(from, to)));
        }
        crowded.retainAll(namespaces);
        counted.keySet().retainAll(namespaces);
        return shown;
    }

    private List<Rule> cut(String namespace, List<Rule> rows) {
        if (rows.size() <= places && !crowded.contains(namespace)) {
            remember(namespace, rows);
            return rows;
        }
        crowded.add(namespace);
        Set<Key> kept = counted.computeIfAbsent(namespace, none -> new HashSet<>());
        Set<Key> shown = choose(rows, kept);
        List<Rule> top = new ArrayList<>();
        Map<Key, Rule> rest = new LinkedHashMap<>();
        for (Rule row : rows) {
            Key key = Key.of(row);
            if (shown.contains(key)) {
                top.add(row);
                if (row.packets() > 0) {
                    kept.add(key);
                }
            } else {
                Rule other = new Rule(
                        namespace, row.direction(), "", Judgement.OTHER, row.action(), row.packets(), row.bytes());
                rest.merge(Key.of(other), other, Rule::plus);
            }
        }
        top.addAll(rest.values());
        return top;
    }

    /// Those that keep their places, and for the others the largest that are left.
    private Set<Key> choose(List<Rule> rows, Set<Key> kept) {
        Set<Key> shown = new HashSet<>(kept);
        rows.stream()
                .filter(row -> !isOther(row) && !kept.contains(Key.of(row)))
                .sorted(Comparator.comparingLong(Rule::packets).reversed())
                .limit(Math.max(0, places - kept.size()))
                .forEach(row -> shown.add(Key.of(row)));
        return shown;
    }

    private void remember(String namespace, List<Rule> rows) {
        Set<Key> kept = Set.of();
        for (Rule row : rows) {
            if (row.packets() > 0 && !isOther(row)) {
                kept = kept.isEmpty() ? new HashSet<>() : kept;
                kept.add(Key.of(row));
            }
        }
        if (kept.isEmpty()) {
            counted.remove(namespace);
        } else if (!kept.equals(counted.get(namespace))) {
            counted.put(namespace, kept);
        }
    }

    private static boolean isOther(Rule row) {
        return row.policy().isEmpty() && row.rule().equals(Judgement.OTHER);
    }
}
