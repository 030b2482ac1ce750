// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/// Adds up what several devices of one namespace counted, so that each series of a [MeterSnapshot] stands there
/// once.
public final class MeterTally {
    private static final Direction[] DIRECTIONS = Direction.values();
    private static final Verdict[] VERDICTS = Verdict.values();
    private static final DropReason[] REASONS = DropReason.values();

    private record RuleKey(Direction direction, String policy, String rule, Verdict action) {}

    /// The sums of one namespace.
    private static final class Sums {
        private final long[] packets = new long[DIRECTIONS.length * VERDICTS.length];
        private final long[] bytes = new long[packets.length];
        private final long[] drops = new long[DIRECTIONS.length * REASONS.length];
        private int carried; // a bit for each of the outcomes that there are
        private int dropped; // likewise, of the drops
        private final List<MeterSnapshot.Rule> rules = new ArrayList<>();
        private final Map<Direction, long[]> handshakes = new EnumMap<>(Direction.class);
        private final long[] flows = new long[4];
        private final long[] answers = new long[2];
        private long eventsLost;
        private long began = Long.MAX_VALUE;
        private int devices;
    }

    private final Map<String, Sums> namespaces = new LinkedHashMap<>();
    private String last = ""; // asked for; what a namespace counted comes together
    private Sums sumsOfLast = new Sums();

    private Sums of(String namespace) {
        if (!namespace.equals(last)) {
            last = namespace;
            sumsOfLast = namespaces.computeIfAbsent(namespace, none -> new Sums());
        }
        return sumsOfLast;
    }

    /// What refused packets of a namespace were answered with.
    public record Answers(String namespace, long sent, long suppressed) {}

    /// Tells that a device of a namespace counts, and when it began to.
    ///
    /// @param second Unix time; 0: nobody knows
    public void began(String namespace, long second) {
        Sums sums = of(namespace);
        sums.began = Math.min(sums.began, second);
        sums.devices++;
    }

    /// When the first of a namespace's devices began to count, in Unix seconds; 0 where that of one of them is not
    /// known.
    public long began(String namespace) {
        Sums sums = namespaces.get(namespace);
        return sums == null || sums.began == Long.MAX_VALUE ? 0 : sums.began;
    }

    /// Counts packets that a device carried.
    public void outcome(String namespace, Direction direction, Verdict verdict, long packets, long bytes) {
        Sums sums = of(namespace);
        int place = direction.number() * VERDICTS.length + verdict.number();
        sums.packets[place] += packets;
        sums.bytes[place] += bytes;
        sums.carried |= 1 << place;
    }

    /// Counts packets that were dropped.
    public void drop(String namespace, Direction direction, DropReason reason, long packets) {
        Sums sums = of(namespace);
        int place = direction.number() * REASONS.length + reason.number();
        sums.drops[place] += packets;
        sums.dropped |= 1 << place;
    }

    /// Counts packets that a rule decided on one device.
    public void rule(
            String namespace,
            Direction direction,
            String policy,
            String rule,
            Verdict action,
            long packets,
            long bytes) {
        of(namespace).rules.add(new MeterSnapshot.Rule(namespace, direction, policy, rule, action, packets, bytes));
    }

    /// Counts flows; the numbers are those of [MeterSnapshot.Flows].
    public void flows(String namespace, long live, long opened, long closed, long untracked) {
        add(of(namespace).flows, live, opened, closed, untracked);
    }

    /// Counts TCP handshakes; the numbers are those of [MeterSnapshot.Handshakes].
    public void handshakes(String namespace, Direction direction, List<Long> counts, long micros) {
        long[] values = new long[counts.size() + 1];
        long all = 0;
        for (int i = 0; i < counts.size(); i++) {
            values[i] = counts.get(i);
            all += values[i];
        }
        if (all != 0) {
            values[counts.size()] = micros;
            add(of(namespace).handshakes.computeIfAbsent(direction, none -> new long[values.length]), values);
        }
    }

    public List<MeterSnapshot.Handshakes> handshakes() {
        List<MeterSnapshot.Handshakes> rows = new ArrayList<>();
        namespaces.forEach((namespace, sums) ->
                sums.handshakes.forEach((direction, sum) -> rows.add(new MeterSnapshot.Handshakes(
                        namespace,
                        direction,
                        Arrays.stream(sum, 0, sum.length - 1).boxed().toList(),
                        sum[sum.length - 1]))));
        return rows;
    }

    /// Counts answers to refused packets, and those that there were too many of.
    public void answers(String namespace, long sent, long suppressed) {
        add(of(namespace).answers, sent, suppressed);
    }

    public List<Answers> answers() {
        return rows((namespace, sums) -> new Answers(namespace, sums.answers[0], sums.answers[1]));
    }

    /// Counts events that nobody will see.
    public void eventsLost(String namespace, long events) {
        of(namespace).eventsLost += events;
    }

    public List<MeterSnapshot.EventsLost> eventsLost() {
        return rows((namespace, sums) -> new MeterSnapshot.EventsLost(namespace, sums.eventsLost));
    }

    /// What is shown the outcomes, one after another.
    @FunctionalInterface
    public interface Outcomes {
        void show(String namespace, Direction direction, Verdict verdict, long packets, long bytes);
    }

    /// What is shown the drops, one after another.
    @FunctionalInterface
    public interface Drops {
        void show(String namespace, Direction direction, DropReason reason, long packets);
    }

    /// Shows each outcome without making a row of it, since a host of many namespaces has many.
    public void forEachOutcome(Outcomes action) {
        namespaces.forEach((namespace, sums) -> {
            for (int i = 0; i < sums.packets.length; i++) {
                if ((sums.carried & 1 << i) != 0) {
                    Direction direction = DIRECTIONS[i / VERDICTS.length];
                    action.show(namespace, direction, VERDICTS[i % VERDICTS.length], sums.packets[i], sums.bytes[i]);
                }
            }
        });
    }

    /// As [#forEachOutcome].
    public void forEachDrop(Drops action) {
        namespaces.forEach((namespace, sums) -> {
            for (int i = 0; i < sums.drops.length; i++) {
                if ((sums.dropped & 1 << i) != 0) {
                    action.show(namespace, DIRECTIONS[i / REASONS.length], REASONS[i % REASONS.length], sums.drops[i]);
                }
            }
        });
    }

    public List<MeterSnapshot.Outcome> outcomes() {
        List<MeterSnapshot.Outcome> rows = new ArrayList<>();
        forEachOutcome((namespace, direction, verdict, packets, bytes) ->
                rows.add(new MeterSnapshot.Outcome(namespace, direction, verdict, packets, bytes)));
        return rows;
    }

    public List<MeterSnapshot.Drop> drops() {
        List<MeterSnapshot.Drop> rows = new ArrayList<>();
        forEachDrop((namespace, direction, reason, packets) ->
                rows.add(new MeterSnapshot.Drop(namespace, direction, reason, packets)));
        return rows;
    }

    /// Those of one namespace together.
    public List<MeterSnapshot.Rule> rules() {
        List<MeterSnapshot.Rule> rows = new ArrayList<>();
        for (Sums sums : namespaces.values()) {
            rows.addAll(sums.devices > 1 ? merged(sums.rules) : sums.rules); // one device has each rule once
        }
        return rows;
    }

    private static Collection<MeterSnapshot.Rule> merged(List<MeterSnapshot.Rule> rules) {
        Map<RuleKey, MeterSnapshot.Rule> sums = new LinkedHashMap<>();
        for (MeterSnapshot.Rule row : rules) {
            RuleKey key = new RuleKey(row.direction(), row.policy(), row.rule(), row.action());
            sums.merge(key, row, MeterSnapshot.Rule::plus);
        }
        return sums.values();
    }

    public List<MeterSnapshot.Flows> flows() {
        return rows((namespace, sums) ->
                new MeterSnapshot.Flows(namespace, sums.flows[0], sums.flows[1], sums.flows[2], sums.flows[3]));
    }

    private static void add(long[] sum, long... values) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += values[i];
        }
    }

    private <R> List<R> rows(BiFunction<String, Sums, R> row) {
        List<R> rows = new ArrayList<>(namespaces.size());
        namespaces.forEach((namespace, sums) -> rows.add(row.apply(namespace, sums)));
        return rows;
    }
}
