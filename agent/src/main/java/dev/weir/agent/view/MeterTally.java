// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/// Adds up what several devices of one namespace counted, so that each series of a [MeterSnapshot] stands there
/// once.
public final class MeterTally {
    private record OutcomeKey(String namespace, Direction direction, Verdict verdict) {}

    private record DropKey(String namespace, Direction direction, DropReason reason) {}

    private record RuleKey(String namespace, Direction direction, String policy, String rule, Verdict action) {}

    private record HandshakeKey(String namespace, Direction direction) {}

    private final Map<OutcomeKey, long[]> outcomes = new LinkedHashMap<>();
    private final Map<DropKey, long[]> drops = new LinkedHashMap<>();
    private final Map<RuleKey, long[]> rules = new LinkedHashMap<>();
    private final Map<String, long[]> flows = new LinkedHashMap<>();
    private final Map<HandshakeKey, long[]> handshakes = new LinkedHashMap<>();
    private final Map<String, long[]> answers = new LinkedHashMap<>();
    private final Map<String, long[]> eventsLost = new LinkedHashMap<>();

    /// What refused packets of a namespace were answered with.
    public record Answers(String namespace, long sent, long suppressed) {}

    /// Counts packets that a device carried.
    public void outcome(String namespace, Direction direction, Verdict verdict, long packets, long bytes) {
        add(outcomes, new OutcomeKey(namespace, direction, verdict), packets, bytes);
    }

    /// Counts packets that were dropped.
    public void drop(String namespace, Direction direction, DropReason reason, long packets) {
        add(drops, new DropKey(namespace, direction, reason), packets);
    }

    /// Counts packets that a rule decided.
    public void rule(
            String namespace,
            Direction direction,
            String policy,
            String rule,
            Verdict action,
            long packets,
            long bytes) {
        add(rules, new RuleKey(namespace, direction, policy, rule, action), packets, bytes);
    }

    /// Counts flows; the numbers are those of [MeterSnapshot.Flows].
    public void flows(String namespace, long live, long opened, long closed, long untracked) {
        add(flows, namespace, live, opened, closed, untracked);
    }

    /// Counts TCP handshakes; the numbers are those of [MeterSnapshot.Handshakes].
    public void handshakes(String namespace, Direction direction, List<Long> counts, long micros) {
        long[] values = Arrays.copyOf(counts.stream().mapToLong(count -> count).toArray(), counts.size() + 1);
        if (Arrays.stream(values).anyMatch(count -> count != 0)) {
            values[counts.size()] = micros;
            add(handshakes, new HandshakeKey(namespace, direction), values);
        }
    }

    public List<MeterSnapshot.Handshakes> handshakes() {
        return rows(
                handshakes,
                (key, sum) -> new MeterSnapshot.Handshakes(
                        key.namespace(),
                        key.direction(),
                        Arrays.stream(sum, 0, sum.length - 1).boxed().toList(),
                        sum[sum.length - 1]));
    }

    /// Counts answers to refused packets, and those that there were too many of.
    public void answers(String namespace, long sent, long suppressed) {
        add(answers, namespace, sent, suppressed);
    }

    public List<Answers> answers() {
        return rows(answers, (key, sum) -> new Answers(key, sum[0], sum[1]));
    }

    /// Counts events that nobody will see.
    public void eventsLost(String namespace, long events) {
        add(eventsLost, namespace, events);
    }

    public List<MeterSnapshot.EventsLost> eventsLost() {
        return rows(eventsLost, (key, sum) -> new MeterSnapshot.EventsLost(key, sum[0]));
    }

    public List<MeterSnapshot.Outcome> outcomes() {
        return rows(
                outcomes,
                (key, sum) ->
                        new MeterSnapshot.Outcome(key.namespace(), key.direction(), key.verdict(), sum[0], sum[1]));
    }

    public List<MeterSnapshot.Drop> drops() {
        return rows(
                drops, (key, sum) -> new MeterSnapshot.Drop(key.namespace(), key.direction(), key.reason(), sum[0]));
    }

    public List<MeterSnapshot.Rule> rules() {
        return rows(
                rules,
                (key, sum) -> new MeterSnapshot.Rule(
                        key.namespace(), key.direction(), key.policy(), key.rule(), key.action(), sum[0], sum[1]));
    }

    public List<MeterSnapshot.Flows> flows() {
        return rows(flows, (key, sum) -> new MeterSnapshot.Flows(key, sum[0], sum[1], sum[2], sum[3]));
    }

    private static <K> void add(Map<K, long[]> sums, K key, long... values) {
        long[] sum = sums.computeIfAbsent(key, absent -> new long[values.length]);
        for (int i = 0; i < values.length; i++) {
            sum[i] += values[i];
        }
    }

    private static <K, R> List<R> rows(Map<K, long[]> sums, BiFunction<K, long[], R> row) {
        List<R> rows = new ArrayList<>(sums.size());
        sums.forEach((key, sum) -> rows.add(row.apply(key, sum)));
        return rows;
    }
}
