// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.abi.Direction;
import dev.weir.abi.Verdict;
import dev.weir.policy.RuleId;
import dev.weir.policy.compile.ImageRule;
import dev.weir.policy.compile.PolicySpace;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

/// Compares both sides for one endpoint and one direction: for each piece of the outside, service by service.
final class SpaceDiff {
    /// Pairs of rules that are told apart for one change of verdict; more are told together.
    private static final int MAX_TOLD = 16;

    /// Pieces of the outside, and services on them: about two seconds.
    private static final long MAX_STEPS = 1L << 27;

    /// Ranges of services that may be remembered: 16 MiB.
    private static final int MAX_RANGES = 1 << 21;

    /// Sets of services times their ranges, up to which cutting by what is outside is tried: 16 MiB.
    private static final long MAX_COLUMN_BITS = 1L << 27;

    /// Kinds of addresses that lines cut by what is outside may name, over and over.
    private static final int MAX_NAMED = 1 << 18;

    private final PolicySpace was;
    private final PolicySpace now;
    private final Direction direction;
    private final Holders universe;
    private final Outside outside;
    private final Map<Change, Rows> changes = new LinkedHashMap<>();
    private final List<Piece> everybody;
    private boolean rulesTold = true;
    private long steps;
    private int ranges;

    /// What happens to traffic.
    ///
    /// @param wasBy rule number in the old space, or [#ANY_RULE]
    /// @param nowBy rule number in the new space, or [#ANY_RULE]
    private record Change(Verdict was, Verdict now, int wasBy, int nowBy) {
        private static final int ANY_RULE = -1;
    }

    /// Services from one to before another, and the numbers of the rules that decide them.
    private record Piece(int from, int end, int was, int now) {}

    /// Where a change happens: for each set of services (ranges by turns, see [ServiceCover]) and kind of addresses the
    /// holders. And whose rules it happens by.
    private static final class Rows {
        private final Map<IntBuffer, Map<Integer, BitSet>> byServices = new LinkedHashMap<>();
        private final SequencedSet<RuleId> wasBy = new LinkedHashSet<>();
        private final SequencedSet<RuleId> nowBy = new LinkedHashSet<>();
    }

    private SpaceDiff(PolicySpace was, PolicySpace now, Direction direction, Holders universe)
            throws PolicySpace.TooLargeException {
        this.was = was;
        this.now = now;
        this.direction = direction;
        this.universe = universe;
        this.outside = new Outside(was, now, direction, universe);
        this.everybody = everybody();
    }

    /// Everything that changes, cut so that no two share any traffic.
    static List<Flip> compare(PolicySpace was, PolicySpace now, Direction direction, Holders universe)
            throws DiffLimitException, PolicySpace.TooLargeException {
        SpaceDiff diff = new SpaceDiff(was, now, direction, universe);
        if (!diff.walk()) {
            diff.rulesTold = false;
            diff.changes.clear();
            diff.walk();
        }
        BitSet changed = new BitSet();
        diff.changes.values().stream()
                .flatMap(rows -> rows.byServices.values().stream())
                .flatMap(where -> where.keySet().stream())
                .forEach(changed::set);
        diff.outside.find(changed);
        List<Flip> flips = new ArrayList<>();
        diff.changes.forEach((change, rows) -> flips.addAll(diff.flips(change, rows)));
        return flips;
    }

    /// Compares everywhere; false if more pairs of rules turned up than can be told apart.
    private boolean walk() throws DiffLimitException {
        List<Outside.Kind> addresses = outside.addresses();
        for (int address = 0; address < addresses.size(); address++) {
            for (var holder : outside.holders().entrySet()) {
                Map<Change, Pieces> found = compare(addresses.get(address), holder.getKey());
                for (var each : found.entrySet()) {
                    Rows rows = changes.computeIfAbsent(each.getKey(), _ -> new Rows());
                    rows.byServices
                            .computeIfAbsent(each.getValue().toBuffer(), _ -> new LinkedHashMap<>())
                            .computeIfAbsent(address, _ -> new BitSet())
                            .or(holder.getValue());
                    ranges += each.getValue().size;
                }
                if (rulesTold && !found.isEmpty() && tooManyRules()) {
                    return false;
                }
                if (steps > MAX_STEPS || ranges > MAX_RANGES) {
                    throw new DiffLimitException("the policies of one endpoint differ in too many ways to be compared"
                            + " in reasonable time and memory; compare fewer changes at a time");
                }
            }
        }
        return true;
    }

    private boolean tooManyRules() {
        return changes.size() > MAX_TOLD
                && changes.keySet().stream()
                        .anyMatch(change -> changes.keySet().stream()
                                        .filter(other -> other.was == change.was && other.now == change.now)
                                        .count()
                                > MAX_TOLD);
    }

    private Map<Change, Pieces> compare(Outside.Kind address, Outside.Kind holder) {
        Map<Change, Pieces> found = new LinkedHashMap<>();
        PolicySpace.Cursor old = was.cursor(direction, address.was(), holder.was());
        PolicySpace.Cursor young = now.cursor(direction, address.now(), holder.now());
        int plain = 0; // those of everybody's pieces that end by now
        for (int key = 0; key < PolicySpace.Cursor.END; ) {
            old.seek(key);
            young.seek(key);
            if (old.isPlain() && young.isPlain()) {
                int end = Math.min(old.nextPlain(), young.nextPlain());
                while (plain < everybody.size() && everybody.get(plain).end <= key) {
                    plain++;
                }
                for (int i = plain; i < everybody.size() && everybody.get(i).from < end; i++) {
                    Piece piece = everybody.get(i);
                    note(new Piece(Math.max(key, piece.from), Math.min(end, piece.end), piece.was, piece.now), found);
                }
                key = end;
            } else {
                int end = Math.min(old.next(), young.next());
                note(new Piece(key, end, old.rule(), young.rule()), found);
                key = end;
            }
        }
        return found;
    }

    /// What changes by the rules for everybody.
    private List<Piece> everybody() {
        List<Piece> pieces = new ArrayList<>();
        PolicySpace.Cursor old = was.cursor(direction, PolicySpace.NOBODY, PolicySpace.NOBODY);
        PolicySpace.Cursor young = now.cursor(direction, PolicySpace.NOBODY, PolicySpace.NOBODY);
        for (int key = 0; key < PolicySpace.Cursor.END; ) {
            old.seek(key);
            young.seek(key);
            Piece piece = new Piece(key, Math.min(old.next(), young.next()), old.rule(), young.rule());
            if (changes(piece)) {
                pieces.add(piece);
            }
            key = piece.end;
        }
        return pieces;
    }

    private boolean changes(Piece piece) {
        steps++;
        return was.rules().get(piece.was).verdict()
                != now.rules().get(piece.now).verdict();
    }

    private void note(Piece piece, Map<Change, Pieces> found) {
        if (!changes(piece)) {
            return;
        }
        ImageRule before = was.rules().get(piece.was);
        ImageRule after = now.rules().get(piece.now);
        Change change = new Change(
                before.verdict(),
                after.verdict(),
                rulesTold ? piece.was : Change.ANY_RULE,
                rulesTold ? piece.now : Change.ANY_RULE);
        found.computeIfAbsent(change, _ -> new Pieces()).add(piece.from, piece.end);
        if (!rulesTold) {
            Rows rows = changes.computeIfAbsent(change, _ -> new Rows());
            rows.wasBy.add(before.id());
            rows.nowBy.add(after.id());
        }
    }

    /// As few as cutting by sets of services, or by what is outside, gives.
    private List<Flip> flips(Change change, Rows rows) {
        List<Map.Entry<IntBuffer, Map<Integer, BitSet>>> sets = List.copyOf(rows.byServices.entrySet());
        Map<BitSet, Pieces> columns =
                columns(sets.stream().map(Map.Entry::getKey).toList());
        List<Flip> flips = new ArrayList<>();
        long named = columns.keySet().stream()
                .flatMapToInt(BitSet::stream)
                .mapToLong(row -> sets.get(row).getValue().size())
                .sum();
        if (columns.isEmpty() || columns.size() >= sets.size() || named > MAX_NAMED) {
            sets.forEach(set -> flips.add(flip(change, rows, set.getKey().array(), set.getValue())));
        } else {
            columns.forEach((of, pieces) -> {
                Map<Integer, BitSet> merged = new LinkedHashMap<>();
                of.stream()
                        .forEach(row -> sets.get(row)
                                .getValue()
                                .forEach((address, holders) -> merged.computeIfAbsent(address, _ -> new BitSet())
                                        .or(holders)));
                flips.add(flip(change, rows, pieces.toArray(), merged));
            });
        }
        return flips;
    }

    /// For each choice of sets the services that are in all of these and in no other; empty if there are too many sets
    /// to tell.
    private static Map<BitSet, Pieces> columns(List<IntBuffer> sets) {
        long[] edges = new long[sets.stream().mapToInt(IntBuffer::capacity).sum()];
        if ((long) edges.length * sets.size() > MAX_COLUMN_BITS) {
            return Map.of();
        }
        int size = 0;
        for (int set = 0; set < sets.size(); set++) {
            for (int key : sets.get(set).array()) {
                edges[size++] = (long) key << 32 | set;
            }
        }
        Arrays.sort(edges);
        Map<BitSet, Pieces> columns = new LinkedHashMap<>();
        BitSet in = new BitSet();
        int from = 0;
        for (long edge : edges) {
            int key = (int) (edge >>> 32);
            if (key != from && !in.isEmpty()) {
                columns.computeIfAbsent(BitSet.valueOf(in.toLongArray()), _ -> new Pieces())
                        .add(from, key);
            }
            from = key;
            in.flip((int) edge);
        }
        return columns;
    }

    private Flip flip(Change change, Rows rows, int[] services, Map<Integer, BitSet> where) {
        return new Flip(
                direction,
                ServiceCover.of(services),
                peers(where),
                Answer.of(
                        change.was,
                        rulesTold ? List.of(was.rules().get(change.wasBy).id()) : rows.wasBy),
                Answer.of(
                        change.now,
                        rulesTold ? List.of(now.rules().get(change.nowBy).id()) : rows.nowBy));
    }

    /// Holders for whom the address does not matter come by themselves; addresses of whom the rest is the same come
    /// together.
    private List<Flip.Where> peers(Map<Integer, BitSet> where) {
        BitSet everywhere = new BitSet();
        if (where.size() == outside.addresses().size()) {
            everywhere.set(0, universe.size());
            where.values().forEach(everywhere::and);
        }
        Map<BitSet, List<Integer>> byHolders = new LinkedHashMap<>();
        where.forEach((address, holders) -> {
            BitSet rest = BitSet.valueOf(holders.toLongArray());
            if (!universe.isEverybody(rest)) {
                rest.andNot(everywhere);
            }
            if (!rest.isEmpty()) {
                byHolders.computeIfAbsent(rest, _ -> new ArrayList<>()).add(address);
            }
        });
        List<Flip.Where> peers = new ArrayList<>();
        byHolders.forEach((holders, addresses) -> peers.add(new Flip.Where(outside.cover(addresses), holders)));
        if (!everywhere.isEmpty() && !universe.isEverybody(everywhere)) {
            List<Integer> all = List.copyOf(where.keySet());
            peers.add(new Flip.Where(outside.cover(all), everywhere));
        }
        return peers;
    }

    /// Ascending ranges of services, by turns the first and the one after the last.
    private static final class Pieces {
        private int[] keys = new int[2];
        private int size;

        void add(int from, int end) {
            if (size > 0 && keys[size - 1] == from) {
                keys[size - 1] = end;
                return;
            }
            if (size == keys.length) {
                keys = Arrays.copyOf(keys, 2 * size);
            }
            keys[size++] = from;
            keys[size++] = end;
        }

        int[] toArray() {
            return Arrays.copyOf(keys, size);
        }

        IntBuffer toBuffer() {
            return IntBuffer.wrap(toArray());
        }
    }
}
