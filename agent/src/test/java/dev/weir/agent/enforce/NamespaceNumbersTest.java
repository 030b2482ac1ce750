// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NamespaceNumbersTest {
    private final NamespaceNumbers numbers = new NamespaceNumbers();

    @Test
    void numbersBeginBehindTheHostsAndStayWithTheirNamespace() {
        assertEquals(Map.of("blue", 2, "red", 3), numbers.assign(List.of("blue", "red")));
        assertEquals(Map.of("blue", 2, "red", 3, "db", 4), numbers.assign(List.of("red", "db", "blue")));
    }

    @Test
    void freedNumberIsGivenOutAgainOnceNothingIsKnownByIt() {
        numbers.assign(List.of("blue", "red"));
        numbers.release();
        assertFalse(numbers.hasLeft());
        assertEquals(Map.of("red", 3, "db", 4), numbers.assign(List.of("red", "db")));
        assertTrue(numbers.hasLeft());
        assertEquals(Map.of("red", 3, "db", 4, "web", 5), numbers.assign(List.of("red", "db", "web")));
        numbers.release();
        assertEquals(
                Map.of("red", 3, "db", 4, "web", 5, "blue", 2), numbers.assign(List.of("red", "db", "web", "blue")));
    }

    @Test
    void adoptedNumbersAreKept() {
        numbers.adopt("red", 2);
        numbers.adopt("gone", 3);
        assertEquals(Map.of("blue", 4, "red", 2), numbers.assign(List.of("blue", "red")));
    }

    @Test
    void reservedNumberIsNotGivenOutAtOnce() {
        numbers.reserve(2);
        assertTrue(numbers.hasLeft());
        assertEquals(Map.of("blue", 3), numbers.assign(List.of("blue")));
        numbers.release();
        assertEquals(Map.of("blue", 3, "red", 2), numbers.assign(List.of("blue", "red")));
    }

    @Test
    void beyondTheLastNumberANamespaceHasNone() {
        List<String> names = IntStream.rangeClosed(2, NamespaceNumbers.MAX + 1)
                .mapToObj(i -> "ns" + i)
                .toList();
        Map<String, Integer> given = numbers.assign(names);
        assertEquals(NamespaceNumbers.MAX - 1, given.size());
        assertEquals(NamespaceNumbers.MAX, given.get("ns" + NamespaceNumbers.MAX));
        assertFalse(given.containsKey(names.getLast()));
        numbers.assign(names.subList(1, names.size()));
        numbers.release();
        assertTrue(numbers.assign(names.subList(1, names.size())).containsKey(names.getLast()));
    }
}
