// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The parameters of a query, taken one by one; keeps what is wrong with them.
final class Parameters {
    private static final int MAX_VALUE_LENGTH = 1024;

    private final List<String> problems = new ArrayList<>();
    private final Map<String, List<String>> values;

    /// @param known the names that there are; another is a problem
    Parameters(Map<String, List<String>> values, Set<String> known) {
        this.values = values;
        for (String name : new TreeSet<>(values.keySet())) {
            if (!known.contains(name)) {
                problems.add("unknown parameter '" + name + "', expected one of " + new TreeSet<>(known));
            }
        }
    }

    /// The names of all parameters of a query that filters, and takes these too.
    static Set<String> names(String... others) {
        Set<String> names = new TreeSet<>(Criterion.names());
        names.addAll(List.of(others));
        return names;
    }

    /// How many are wanted, from `least` to `most`.
    int limit(int absent, int least, int most) {
        Integer limit = take("limit", text -> {
            if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
                throw new IllegalArgumentException("'" + text + "' is not a number from " + least + " to " + most);
            }
            return Integer.valueOf(text);
        });
        return limit == null ? absent : limit;
    }

    /// What `reader` makes of a parameter; null where it is absent or wrong.
    <T> @Nullable T take(String name, Function<String, T> reader) {
        List<String> given = values(name);
        if (given.size() > 1) {
            problems.add(name + ": given " + given.size() + " times, expected once");
            return null;
        }
        return given.isEmpty() ? null : read(name, given.getFirst(), reader);
    }

    /// What `reader` makes of each value of a parameter, but of those that are wrong.
    <T> List<T> takeAll(String name, Function<String, T> reader) {
        return values(name).stream()
                .map(text -> read(name, text, reader))
                .filter(Objects::nonNull)
                .toList();
    }

    /// The values of a parameter as they were given.
    List<String> values(String name) {
        return values.getOrDefault(name, List.of());
    }

    private <T> @Nullable T read(String name, String text, Function<String, T> reader) {
        if (text.isEmpty() || text.length() > MAX_VALUE_LENGTH) {
            problems.add(name + ": expected 1 to " + MAX_VALUE_LENGTH + " characters");
            return null;
        }
        try {
            return reader.apply(text);
        } catch (IllegalArgumentException e) {
            problems.add(name + ": " + e.getMessage());
            return null;
        }
    }

    /// @throws BadQuery names every parameter that is unknown, repeated or wrong, of those that were taken
    void check() throws BadQuery {
        if (!problems.isEmpty()) {
            throw new BadQuery(problems);
        }
    }
}
