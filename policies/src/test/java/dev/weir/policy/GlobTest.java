// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class GlobTest {
    @Property
    void matchesWhatTheRegularExpressionMatches(@ForAll("patterns") String pattern, @ForAll("names") String name) {
        String expression = pattern.chars()
                .mapToObj(c -> c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c)))
                .collect(Collectors.joining());
        assertEquals(Pattern.matches(expression, name), new Glob(pattern).matches(name));
    }

    @Property
    void whatIsCoveredIsMatched(
            @ForAll("patterns") String wide, @ForAll("patterns") String narrow, @ForAll("names") String name) {
        if (new Glob(wide).covers(new Glob(narrow)) && new Glob(narrow).matches(name)) {
            assertTrue(new Glob(wide).matches(name));
        }
    }

    @Test
    void widerPatternsCoverNarrowerOnes() {
        assertTrue(new Glob("*").covers(new Glob("**")));
        assertTrue(new Glob("tenant-*").covers(new Glob("tenant-?-*")));
        assertTrue(new Glob("t?").covers(new Glob("t1")));
        assertFalse(new Glob("t?").covers(new Glob("t*")));
        assertFalse(new Glob("t1").covers(new Glob("t?")));
        assertTrue(new Glob("**").isEverything());
        assertFalse(new Glob("?*").isEverything());
    }

    @Test
    void onlyStarAndQuestionMarkAreSpecial() {
        assertTrue(new Glob("a.[b]\\").matches("a.[b]\\"));
        assertFalse(new Glob("a.c").matches("abc"));
        assertFalse(new Glob("Blue").matches("blue"));
    }

    @Test
    void manyStarsTakeNoLongTime() {
        assertFalse(new Glob("*a".repeat(30) + "b").matches("a".repeat(63)));
    }

    @Provide
    Arbitrary<String> patterns() {
        return Arbitraries.strings().withChars("ab*?").ofMaxLength(8);
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.strings().withChars("ab").ofMaxLength(8);
    }
}
