// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.agent.view.MeterSnapshot.Rule;
import dev.weir.agent.view.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;

class RuleTopsTest {
    private static final int PLACES = 3;

    private final RuleTops tops = new RuleTops(PLACES);

    @Test
    void asManyRulesAsPlacesAreShownWhetherTheyCountedOrNot() {
        List<Rule> rows = List.of(rule("blue", 1, 0), rule("blue", 2, 7), rule("blue", 3, 0), rule("red", 1, 5));

        assertEquals(rows, tops.cut(rows));
    }

    @Test
    void largestAreShownAndTheRestIsAddedUp() {
        assertEquals(
                List.of(rule("blue", 1, 50), rule("blue", 3, 40), rule("blue", 5, 30), other("blue", 12)),
                tops.cut(List.of(
                        rule("blue", 1, 50),
                        rule("blue", 2, 2),
                        rule("blue", 3, 40),
                        rule("blue", 4, 10),
                        rule("blue", 5, 30))));
    }

    @Test
    void shownRuleStaysWhenOthersOvertakeIt() {
        tops.cut(List.of(rule("blue", 1, 1), rule("blue", 2, 2), rule("blue", 3, 3), rule("blue", 4, 0)));

        assertEquals(
                List.of(rule("blue", 1, 1), rule("blue", 2, 2), rule("blue", 3, 3), other("blue", 1000)),
                tops.cut(List.of(rule("blue", 1, 1), rule("blue", 2, 2), rule("blue", 3, 3), rule("blue", 4, 1000))));
    }

    @Test
    void ruleThatHasNeverCountedYieldsItsPlace() {
        tops.cut(List.of(rule("blue", 1, 0), rule("blue", 2, 2), rule("blue", 3, 3), rule("blue", 4, 0)));

        assertEquals(
                List.of(rule("blue", 2, 2), rule("blue", 3, 3), rule("blue", 4, 9), other("blue", 0)),
                tops.cut(List.of(rule("blue", 1, 0), rule("blue", 2, 2), rule("blue", 3, 3), rule("blue", 4, 9))));
    }

    @Test
    void ruleThatWasShownBeforeThereWereTooManyStays() {
        tops.cut(List.of(rule("blue", 1, 1)));

        assertEquals(
                List.of(rule("blue", 1, 1), rule("blue", 3, 8), rule("blue", 4, 9), other("blue", 7)),
                tops.cut(List.of(rule("blue", 1, 1), rule("blue", 2, 7), rule("blue", 3, 8), rule("blue", 4, 9))));
    }

    @Test
    void whatTheKernelCountsAsOtherIsAmongTheRest() {
        assertEquals(
                List.of(rule("blue", 1, 1), rule("blue", 2, 2), rule("blue", 3, 3), other("blue", 107)),
                tops.cut(List.of(
                        other("blue", 100),
                        rule("blue", 1, 1),
                        rule("blue", 2, 2),
                        rule("blue", 3, 3),
                        new Rule("blue", Direction.EGRESS, "web", "#4", Verdict.ALLOW, 0, 0),
                        new Rule("blue", Direction.EGRESS, "", "other", Verdict.ALLOW, 7, 700))));
    }

    @Test
    void namespaceThatComesBackIsANewOne() {
        tops.cut(List.of(rule("blue", 1, 1), rule("blue", 2, 2), rule("blue", 3, 3), rule("blue", 4, 0)));
        tops.cut(List.of());

        assertEquals(
                List.of(rule("blue", 2, 2), rule("blue", 3, 3), rule("blue", 4, 4), other("blue", 1)),
                tops.cut(List.of(rule("blue", 1, 1), rule("blue", 2, 2), rule("blue", 3, 3), rule("blue", 4, 4))));
    }

    /// What happens between two scrapes.
    ///
    /// @param packets that each rule counted, by its number; rules appear and do not go
    /// @param leaves whether the namespace is gone at the scrape, and its counters with it
    record Step(String namespace, Map<Integer, Integer> packets, boolean leaves) {}

    @Provide
    Arbitrary<List<Step>> lives() {
        Arbitrary<Map<Integer, Integer>> packets =
                Arbitraries.maps(Arbitraries.integers().between(1, 8), Arbitraries.of(0, 0, 1, 5, 1000));
        Arbitrary<Boolean> leaves =
                Arbitraries.frequencyOf(Tuple.of(9, Arbitraries.just(false)), Tuple.of(1, Arbitraries.just(true)));
        return Combinators.combine(Arbitraries.of("blue", "red"), packets, leaves)
                .as(Step::new)
                .list()
                .ofMaxSize(20);
    }

    @Property
    void sumStaysWholeAndNoSeriesFallsOrGoesBeforeItsNamespace(@ForAll("lives") List<Step> steps) {
        RuleTops under = new RuleTops(PLACES);
        Map<String, Map<Integer, Long>> counts = new LinkedHashMap<>();
        Map<Rule, Long> before = Map.of();
        for (Step step : steps) {
            Map<Integer, Long> counted = counts.computeIfAbsent(step.namespace, none -> new LinkedHashMap<>());
            step.packets.forEach((rule, packets) -> counted.merge(rule, (long) packets, Long::sum));
            if (step.leaves) {
                counts.remove(step.namespace);
            }
            List<Rule> rows = new ArrayList<>();
            counts.forEach(
                    (namespace, rules) -> rules.forEach((rule, packets) -> rows.add(rule(namespace, rule, packets))));

            List<Rule> shown = under.cut(rows);

            Map<Rule, Long> now = new HashMap<>();
            shown.forEach(row -> assertEquals(null, now.put(named(row), row.packets()), "twice: " + row));
            for (String namespace : List.of("blue", "red")) {
                assertEquals(sum(rows, namespace), sum(shown, namespace));
                assertTrue(apart(shown, namespace) <= PLACES, shown::toString);
            }
            Set<String> living = new HashSet<>(counts.keySet());
            before.forEach((series, value) -> {
                if (value > 0 && living.contains(series.namespace())) {
                    assertTrue(now.getOrDefault(series, -1L) >= value, () -> series + " had " + value + ": " + shown);
                }
            });
            before = now;
        }
    }

    /// A row without its values, as which series it is.
    private static Rule named(Rule row) {
        return new Rule(row.namespace(), row.direction(), row.policy(), row.rule(), row.action(), 0, 0);
    }

    private static long sum(List<Rule> rows, String namespace) {
        return rows.stream()
                .filter(row -> row.namespace().equals(namespace))
                .mapToLong(row -> row.packets() + row.bytes())
                .sum();
    }

    private static long apart(List<Rule> rows, String namespace) {
        return rows.stream()
                .filter(row -> row.namespace().equals(namespace) && !row.rule().equals("other"))
                .count();
    }

    private static Rule rule(String namespace, int number, long packets) {
        return new Rule(namespace, Direction.EGRESS, "web", "#" + number, Verdict.ALLOW, packets, 100 * packets);
    }

    private static Rule other(String namespace, long packets) {
        return new Rule(namespace, Direction.EGRESS, "", "other", Verdict.ALLOW, packets, 100 * packets);
    }
}
