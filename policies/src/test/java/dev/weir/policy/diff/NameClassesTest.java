// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.policy.Glob;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class NameClassesTest {
    private static final int LONGEST = 6;

    @Provide
    Arbitrary<List<String>> patterns() {
        return Arbitraries.strings()
                .withChars('a', 'b', '*', '?')
                .ofMinLength(1)
                .ofMaxLength(5)
                .list()
                .ofMaxSize(4);
    }

    /// Every name up to some length is in the class of one of the witnesses, and no two of these are in one class.
    @Property(tries = 500)
    void oneNameOfEachClassIsFound(@ForAll("patterns") List<String> patterns) throws DiffLimitException {
        List<Glob> globs = patterns.stream().map(Glob::new).toList();
        List<String> witnesses = NameClasses.of(globs);
        Set<List<Boolean>> classes = new HashSet<>();
        for (String witness : witnesses) {
            assertTrue(!witness.isEmpty() && classes.add(matches(globs, witness)), witness);
        }
        List<String> names = new ArrayList<>(List.of(""));
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (name.length() < LONGEST) {
                List.of("a", "b", "c").forEach(c -> names.add(name + c));
            }
        }
        names.removeFirst();
        names.forEach(name -> assertTrue(classes.contains(matches(globs, name)), name));
    }

    @Test
    void witnessIsTheShortestName() throws DiffLimitException {
        assertEquals(Set.of("a", "b", "ab"), Set.copyOf(NameClasses.of(globs("a*", "ab"))));
    }

    @Test
    void thousandPlainNamesAndTheRest() throws DiffLimitException {
        List<Glob> names = IntStream.range(0, 1000)
                .mapToObj(i -> new Glob("tenant-number-%04d".formatted(i)))
                .toList();
        assertEquals(1001, NameClasses.of(names).size());
    }

    @Test
    void patternsThatMultiplyAreRefused() {
        String[] patterns = IntStream.range(0, 26)
                .mapToObj(i -> "*%c*%c*%c*".formatted('a' + i, 'a' + (i + 7) % 26, 'a' + (i + 3) % 26))
                .toArray(String[]::new);
        assertThrows(DiffLimitException.class, () -> NameClasses.of(globs(patterns)));
    }

    private static List<Glob> globs(String... patterns) {
        return Set.of(patterns).stream().map(Glob::new).toList();
    }

    private static List<Boolean> matches(List<Glob> globs, String name) {
        return globs.stream().map(glob -> glob.matches(name)).toList();
    }
}
