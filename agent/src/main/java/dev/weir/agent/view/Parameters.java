// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.IpAddress;
import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    @Nullable
    Glob namespace() {
        return take("namespace", Glob::new);
    }

    @Nullable
    Cidr peer() {
        return take("peer", text -> text.equals("any") ? null : prefix(text));
    }

    @Nullable
    ServiceFilter service() {
        return take("service", text -> text.equals("any") ? null : ServiceFilter.parse(text));
    }

    @Nullable
    Verdict verdict() {
        return take("verdict", text -> constant(Verdict.class, text));
    }

    /// How many are wanted, from 1 to `most`.
    int limit(int absent, int most) {
        Integer limit = take("limit", text -> {
            if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > most) {
                throw new IllegalArgumentException("'" + text + "' is not a number from 1 to " + most);
            }
            return Integer.valueOf(text);
        });
        return limit == null ? absent : limit;
    }

    /// The constant that `text` is the word of.
    static <E extends Enum<E>> E constant(Class<E> type, String text) {
        for (E constant : type.getEnumConstants()) {
            if (Words.of(constant).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("'" + text + "' is not one of " + Words.all(type));
    }

    /// What `reader` makes of a parameter; null where it is absent or wrong.
    <T> @Nullable T take(String name, Function<String, @Nullable T> reader) {
        List<String> given = values.getOrDefault(name, List.of());
        if (given.isEmpty()) {
            return null;
        }
        String text = given.getFirst();
        if (given.size() > 1) {
            problems.add(name + ": given " + given.size() + " times, expected once");
        } else if (text.isEmpty() || text.length() > MAX_VALUE_LENGTH) {
            problems.add(name + ": expected 1 to " + MAX_VALUE_LENGTH + " characters");
        } else {
            try {
                return reader.apply(text);
            } catch (IllegalArgumentException e) {
                problems.add(name + ": " + e.getMessage());
            }
        }
        return null;
    }

    /// @throws BadQuery names every parameter that is unknown, repeated or wrong, of those that were taken
    void check() throws BadQuery {
        if (!problems.isEmpty()) {
            throw new BadQuery(problems);
        }
    }

    /// An address, or `ADDRESS/LENGTH`; bits behind the prefix are ignored.
    private static Cidr prefix(String text) {
        int slash = text.indexOf('/');
        IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        if (slash < 0) {
            return Cidr.of(address);
        }
        String digits = text.substring(slash + 1);
        if (!digits.matches("\\d{1,3}") || Integer.parseInt(digits) > Cidr.bits(address)) {
            throw new IllegalArgumentException(
                    "the prefix of '" + text + "' is not a number from 0 to " + Cidr.bits(address));
        }
        return Cidr.around(address, Integer.parseInt(digits));
    }
}
