// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static java.time.Duration.ofSeconds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class GlobTest {
    @Property
    void matchesAsTheRegularExpressionDoes(
            @ForAll @Chars({'a', 'b', '*', '?'}) @StringLength(max = 8) String pattern,
            @ForAll @CharRange(from = 'a', to = 'b') @StringLength(max = 10) String name) {
        Pattern expected = Pattern.compile(pattern.replace("?", ".").replace("*", ".*"));

        assertEquals(expected.matcher(name).matches(), new Glob(pattern).matches(name));
    }

    @Test
    void manyStarsCostLittle() {
        Glob glob = new Glob("*a".repeat(500) + "b");

        assertFalse(assertTimeoutPreemptively(ofSeconds(5), () -> glob.matches("a".repeat(1000))));
    }
}
