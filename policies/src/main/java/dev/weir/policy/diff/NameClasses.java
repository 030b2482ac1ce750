// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.policy.Glob;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/// Cuts the names that anything may have into classes by which patterns match them, and finds the shortest name of
/// each: walks all patterns at once, as automata, over the characters that appear in them and one that does not. Plain
/// names are one automaton together, a tree.
final class NameClasses {
    /// How many classes there may be.
    static final int MAX_CLASSES = 4096;

    /// Positions of automata, over all states of the walk: bounds time and memory.
    private static final int MAX_POSITIONS = 1 << 20;

    private static final int DEAD = -1;

    private final List<Automaton> automata;
    private final NameTree tree = new NameTree();
    private final char[] alphabet;
    private final Set<LongBuffer> states = new HashSet<>();
    private final List<Step> steps = new ArrayList<>();
    private final SequencedMap<LongBuffer, String> found = new LinkedHashMap<>();

    /// How the walk came to a state.
    private record Step(int from, char on, LongBuffer state) {}

    private NameClasses(Collection<Glob> patterns) {
        TreeSet<Character> characters = new TreeSet<>();
        TreeSet<String> globs = new TreeSet<>();
        for (Glob pattern : patterns) {
            pattern.pattern().chars().filter(c -> c != '*' && c != '?').forEach(c -> characters.add((char) c));
            if (pattern.isName()) {
                tree.add(pattern.pattern());
            } else {
                globs.add(pattern.pattern());
            }
        }
        char other = 'a';
        while (characters.contains(other)) {
            other++;
        }
        characters.add(other);
        this.automata = globs.stream().map(Automaton::new).toList();
        this.alphabet = new char[characters.size()];
        int i = 0;
        for (char c : characters) {
            alphabet[i++] = c;
        }
    }

    /// One name of each class.
    ///
    /// @param patterns of at most 63 characters, as the policy language bounds them
    /// @throws DiffLimitException if the names fall into more than [#MAX_CLASSES], or finding them takes too long
    static List<String> of(Collection<Glob> patterns) throws DiffLimitException {
        return new NameClasses(patterns).walk();
    }

    private List<String> walk() throws DiffLimitException {
        long[] start = new long[automata.size() + 1];
        for (int i = 0; i < automata.size(); i++) {
            start[i + 1] = automata.get(i).start();
        }
        visit(DEAD, '\0', start);
        for (int i = 0; i < steps.size(); i++) {
            LongBuffer from = steps.get(i).state();
            for (char c : alphabet) {
                long[] to = new long[start.length];
                to[0] = tree.next((int) from.get(0), c);
                for (int k = 0; k < automata.size(); k++) {
                    to[k + 1] = automata.get(k).next(from.get(k + 1), c);
                }
                visit(i, c, to);
            }
        }
        return List.copyOf(found.values());
    }

    private void visit(int from, char on, long[] state) throws DiffLimitException {
        LongBuffer key = LongBuffer.wrap(state); // compares by content
        if (!states.add(key)) {
            return;
        }
        steps.add(new Step(from, on, key));
        if (from != DEAD && found.putIfAbsent(accepting(state), name()) == null && found.size() > MAX_CLASSES) {
            throw tooMany("fall into more than " + MAX_CLASSES + " classes");
        }
        if ((long) steps.size() * state.length > MAX_POSITIONS) {
            throw tooMany("overlap in too many ways");
        }
    }

    private static DiffLimitException tooMany(String why) {
        return new DiffLimitException("the namespaces and devices that the patterns of these policies tell apart " + why
                + "; use fewer patterns with several `*`, or compare fewer policies at a time");
    }

    /// The name that led to the latest state.
    private String name() {
        StringBuilder name = new StringBuilder();
        for (Step step = steps.getLast(); step.from() != DEAD; step = steps.get(step.from())) {
            name.append(step.on());
        }
        return name.reverse().toString();
    }

    /// Which patterns match in this state; the first number tells which plain name.
    private LongBuffer accepting(long[] state) {
        BitSet matching = new BitSet();
        for (int i = 0; i < automata.size(); i++) {
            matching.set(i, automata.get(i).accepts(state[i + 1]));
        }
        long[] bits = matching.toLongArray();
        long[] vector = new long[bits.length + 1];
        vector[0] = tree.isName((int) state[0]) ? state[0] : DEAD;
        System.arraycopy(bits, 0, vector, 1, bits.length);
        return LongBuffer.wrap(vector);
    }

    /// All plain names, character by character.
    private static final class NameTree {
        private final Map<Long, Integer> edges = new HashMap<>();
        private final BitSet names = new BitSet();
        private int nodes = 1;

        void add(String name) {
            int node = 0;
            for (int i = 0; i < name.length(); i++) {
                node = edges.computeIfAbsent(edge(node, name.charAt(i)), _ -> nodes++);
            }
            names.set(node);
        }

        int next(int node, char c) {
            return node == DEAD ? DEAD : edges.getOrDefault(edge(node, c), DEAD);
        }

        boolean isName(int node) {
            return node != DEAD && names.get(node);
        }

        private static long edge(int node, char c) {
            return (long) node << Character.SIZE | c;
        }
    }

    /// A pattern: bit `i` of a state says that its first `i` characters are matched.
    private static final class Automaton {
        private final Map<Character, Long> places = new HashMap<>();
        private final long stars;
        private final long any;
        private final int length;

        Automaton(String pattern) {
            if (pattern.length() >= Long.SIZE) {
                throw new IllegalArgumentException("the pattern " + pattern + " is longer than 63 characters");
            }
            long starsSeen = 0;
            long anySeen = 0;
            for (int i = 0; i < pattern.length(); i++) {
                char c = pattern.charAt(i);
                starsSeen |= c == '*' ? 1L << i : 0;
                anySeen |= c == '?' ? 1L << i : 0;
                places.merge(c, 1L << i, (a, b) -> a | b);
            }
            this.stars = starsSeen;
            this.any = anySeen;
            this.length = pattern.length();
        }

        long start() {
            return settle(1);
        }

        long next(long state, char c) {
            long moving = any | (c == '*' || c == '?' ? 0 : places.getOrDefault(c, 0L));
            return settle((state & moving) << 1 | (state & stars));
        }

        boolean accepts(long state) {
            return (state >>> length & 1) != 0;
        }

        /// A star may match nothing; and whatever comes after the latest star reached makes earlier ways needless,
        /// since the star can take what they take.
        private long settle(long state) {
            long settled = state;
            for (long more = settled | (settled & stars) << 1;
                    more != settled;
                    more = settled | (settled & stars) << 1) {
                settled = more;
            }
            long reached = settled & stars;
            return reached == 0 ? settled : settled & -Long.highestOneBit(reached);
        }
    }
}
