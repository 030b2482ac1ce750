// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Words for sets of the classes of a finite universe. There must be words enough to tell any two classes apart.
final class Vocabulary {
    private static final int EXCEPTIONS_SHOWN = 8;

    private final BitSet all = new BitSet();
    private final Map<BitSet, Term> terms = new LinkedHashMap<>();

    /// A word and what it means.
    private record Term(String word, BitSet meaning) {}

    /// @param everything the word for all of the universe
    /// @param size how many classes there are, called 0 and up
    Vocabulary(String everything, int size) {
        all.set(0, size);
        add(everything, all);
    }

    /// Adds a word, unless it means nothing or the same as one before.
    void add(String word, BitSet meaning) {
        if (!meaning.isEmpty()) {
            terms.putIfAbsent(meaning, new Term(word, meaning));
        }
    }

    boolean isEverything(BitSet set) {
        return all.equals(set);
    }

    /// Phrases that together mean the set, none of them more.
    ///
    /// @param set never empty
    List<String> describe(BitSet set) {
        List<Term> within = terms.values().stream()
                .filter(term -> isSubset(term.meaning(), set))
                .sorted(Comparator.comparingInt((Term term) -> -term.meaning().cardinality()))
                .toList();
        BitSet unnamed = copy(set);
        within.forEach(term -> unnamed.andNot(term.meaning()));
        BitSet left = copy(set);
        List<String> phrases = new ArrayList<>();
        for (int each = unnamed.nextSetBit(0); each >= 0; each = unnamed.nextSetBit(each)) {
            BitSet said = say(each, set, phrases);
            unnamed.andNot(said);
            left.andNot(said);
        }
        List<String> words = new ArrayList<>();
        for (Term term : within) {
            if (term.meaning().intersects(left)) {
                words.add(term.word());
                left.andNot(term.meaning());
            }
        }
        words.addAll(phrases);
        return words;
    }

    /// Says a class that no word within the set holds: by the narrowest words that hold it, and what is to be left
    /// out. Each exception lies strictly within those words, so this ends.
    private BitSet say(int each, BitSet set, List<String> phrases) {
        List<Term> holding =
                terms.values().stream().filter(term -> term.meaning().get(each)).toList();
        List<Term> narrowest = holding.stream()
                .filter(term -> holding.stream()
                        .noneMatch(other ->
                                !other.meaning().equals(term.meaning()) && isSubset(other.meaning(), term.meaning())))
                .toList();
        BitSet meant = copy(all);
        narrowest.forEach(term -> meant.and(term.meaning()));
        BitSet exceptions = copy(meant);
        exceptions.andNot(set);
        String words = narrowest.stream().map(Term::word).collect(Collectors.joining(" & "));
        phrases.add(exceptions.isEmpty() ? words : words + " but " + join(describe(exceptions)));
        meant.and(set);
        return meant;
    }

    private static String join(List<String> phrases) {
        String shown = phrases.stream().limit(EXCEPTIONS_SHOWN).collect(Collectors.joining(" or "));
        int more = phrases.size() - EXCEPTIONS_SHOWN;
        return more > 0 ? shown + " or " + more + " more" : shown;
    }

    private static BitSet copy(BitSet set) {
        return BitSet.valueOf(set.toLongArray());
    }

    private static boolean isSubset(BitSet part, BitSet of) {
        for (int each = part.nextSetBit(0); each >= 0; each = part.nextSetBit(each + 1)) {
            if (!of.get(each)) {
                return false;
            }
        }
        return true;
    }
}
