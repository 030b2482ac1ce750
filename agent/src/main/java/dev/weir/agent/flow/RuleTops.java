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

    /// For each namespace that had more rules than places: which of them keep theirs.
    private final Map<String, Set<Key>> crowded = new HashMap<>();

    private Map<String, List<Rule>> last = Map.of();

    RuleTops(int places) {
        this.places = places;
    }

    /// What tells the rules of one namespace apart.
    private record Key(Direction direction, String policy, String rule, Verdict action) {
        static Key of(Rule row) {
            return new Key(row.direction(), row.policy(), row.rule(), row.action());
        }
    }

    /// The rows to show, those of one namespace together.
    synchronized List<Rule> cut(List<Rule> rows) {
        Map<String, List<Rule>> namespaces = new LinkedHashMap<>();
        for (Rule row : rows) {
            namespaces
                    .computeIfAbsent(row.namespace(), none -> new ArrayList<>())
                    .add(row);
        }
        crowded.keySet().retainAll(namespaces.keySet());
        namespaces.replaceAll(this::cut);
        last = namespaces;
        List<Rule> shown = new ArrayList<>(rows.size());
        namespaces.values().forEach(shown::addAll);
        return shown;
    }

    private List<Rule> cut(String namespace, List<Rule> rows) {
        if (rows.size() <= places && !crowded.containsKey(namespace)) {
            return rows;
        }
        Set<Key> kept = crowded.computeIfAbsent(namespace, this::counted);
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
                rest.merge(Key.of(other), other, RuleTops::sum);
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
                .limit(places - kept.size())
                .forEach(row -> shown.add(Key.of(row)));
        return shown;
    }

    /// Those that were shown with a count when the namespace had no more rules than places.
    private Set<Key> counted(String namespace) {
        Set<Key> keys = new HashSet<>();
        for (Rule row : last.getOrDefault(namespace, List.of())) {
            if (row.packets() > 0 && !isOther(row)) {
                keys.add(Key.of(row));
            }
        }
        return keys;
    }

    private static boolean isOther(Rule row) {
        return row.policy().isEmpty() && row.rule().equals(Judgement.OTHER);
    }

    private static Rule sum(Rule one, Rule two) {
        return new Rule(
                one.namespace(),
                one.direction(),
                one.policy(),
                one.rule(),
                one.action(),
                one.packets() + two.packets(),
                one.bytes() + two.bytes());
    }
}
