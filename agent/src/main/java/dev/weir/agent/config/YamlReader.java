// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// Turns one YAML node into a value.
@FunctionalInterface
interface YamlReader<T> {
    /// No time may be longer: the kernel counts idle time in 31 bits of jiffies, at most 1,000 a second.
    Duration MAX_DURATION = Duration.ofDays(24);

    Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    /// The value of `node`; what is wrong further inside is noted in `findings` and left out.
    /// @throws WrongValue when `node` as a whole is not what is expected
    T read(Node node, Findings findings) throws WrongValue;

    /// The value of `node`, or null when it is wrong, which is noted.
    default @Nullable T readOrNote(Node node, Findings findings) {
        try {
            return read(node, findings);
        } catch (WrongValue e) {
            findings.add(node, e.reason());
            return null;
        }
    }

    /// A text, quoted or not, that `parse` takes; what it throws as [IllegalArgumentException] is the error.
    static <T> YamlReader<T> text(String what, Function<String, T> parse) {
        return (node, findings) -> {
            if (!(node instanceof ScalarNode scalar) || !scalar.getTag().equals(Tag.STR)) {
                throw new WrongValue("expected " + what);
            }
            try {
                return parse.apply(scalar.getValue());
            } catch (IllegalArgumentException e) {
                throw new WrongValue(e.getMessage() + ": expected " + what, e);
            }
        };
    }

    /// As [#text], but not empty.
    static <T> YamlReader<T> word(String what, Function<String, T> parse) {
        return text(what, value -> {
            if (value.isEmpty()) {
                throw new IllegalArgumentException("this is empty");
            }
            return parse.apply(value);
        });
    }

    static YamlReader<Boolean> bool() {
        return (node, findings) -> {
            if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.BOOL)) {
                return Boolean.valueOf(scalar.getValue().toLowerCase(Locale.ROOT));
            }
            throw new WrongValue("expected true or false");
        };
    }

    static YamlReader<Integer> number(int least, int most) {
        return (node, findings) -> {
            if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.INT)) {
                String digits = scalar.getValue();
                if (digits.matches("\\d{1,10}") && Long.parseLong(digits) >= least && Long.parseLong(digits) <= most) {
                    return Integer.valueOf(digits);
                }
            }
            throw new WrongValue("expected a number from " + least + " to " + most);
        };
    }

    static YamlReader<Duration> duration() {
        return text("a time from 1ms to " + MAX_DURATION.toDays() + "d, such as 500ms, 60s or 2h", value -> {
            Matcher matcher = DURATION.matcher(value);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("'" + value + "' is not a time");
            }
            long count = Long.parseLong(matcher.group(1));
            Duration duration = switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
            };
            if (duration.isZero() || duration.compareTo(MAX_DURATION) > 0) {
                throw new IllegalArgumentException("'" + value + "' is out of range");
            }
            return duration;
        });
    }

    /// One of two constants, written in small letters.
    static <E extends Enum<E>> YamlReader<E> either(E first, E second) {
        String one = first.name().toLowerCase(Locale.ROOT);
        String other = second.name().toLowerCase(Locale.ROOT);
        return text(one + " or " + other, value -> {
            if (!value.equals(one) && !value.equals(other)) {
                throw new IllegalArgumentException("'" + value + "' is unknown");
            }
            return value.equals(one) ? first : second;
        });
    }

    /// A list; every wrong element is an error of its own.
    static <T> YamlReader<List<T>> listOf(YamlReader<T> element) {
        return (node, findings) -> {
            if (!(node instanceof SequenceNode list)) {
                throw new WrongValue("expected a list");
            }
            List<T> values = new ArrayList<>();
            for (Node each : list.getValue()) {
                T value = element.readOrNote(each, findings);
                if (value != null) {
                    values.add(value);
                }
            }
            return List.copyOf(values);
        };
    }

    /// A map with free keys.
    static <T> YamlReader<Map<String, T>> mapOf(YamlReader<T> element) {
        return (node, findings) -> {
            YamlMap map = YamlMap.of(node, findings);
            Map<String, T> values = new LinkedHashMap<>();
            for (NodeTuple each : map.entries()) {
                T value = element.readOrNote(each.getValueNode(), findings);
                if (value != null) {
                    values.put(((ScalarNode) each.getKeyNode()).getValue(), value);
                }
            }
            return Map.copyOf(values);
        };
    }
}
