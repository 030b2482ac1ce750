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
    void freedNumberIsGivenOutAgainATurnLater() {
        numbers.assign(List.of("blue", "red"));
        assertEquals(Map.of("red", 3, "db", 4), numbers.assign(List.of("red", "db")));
        assertEquals(Map.of("red", 3, "db", 4, "blue", 2), numbers.assign(List.of("red", "db", "blue")));
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
        assertEquals(Map.of("blue", 3), numbers.assign(List.of("blue")));
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
        assertTrue(numbers.assign(names.subList(1, names.size())).containsKey(names.getLast()));
    }
}
