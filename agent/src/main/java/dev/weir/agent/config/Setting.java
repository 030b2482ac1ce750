// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import dev.weir.yaml.Fields;
import dev.weir.yaml.Source;
import dev.weir.yaml.Words;
import dev.weir.yaml.YamlNode;
import dev.weir.yaml.YamlNode.Scalar;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A kind of value: turns a node of weir.yaml into it.
@FunctionalInterface
interface Setting<T> {
    /// No time may be longer: the kernel counts idle time in 31 bits of jiffies, at most 1,000 a second.
    Duration MAX_DURATION = Duration.ofDays(24);

    Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    /// The value of `node`; empty if it is another kind of value. What is wrong, there or further inside, is
    /// reported.
    ///
    /// @param what the value is, for messages: `` `listen` ``
    Optional<T> read(Source source, String what, YamlNode node);

    /// A text, quoted or not, that `parse` takes; what it throws as [IllegalArgumentException] is the error.
    static <T> Setting<T> text(String expected, Function<String, T> parse) {
        return (source, what, node) -> node.text(source, what, expected).flatMap(text -> {
            try {
                return Optional.of(parse.apply(text));
            } catch (IllegalArgumentException e) {
                source.error(node, e.getMessage() + ", expected " + expected);
                return Optional.empty();
            }
        });
    }

    /// As [#text], but not empty.
    static <T> Setting<T> word(String expected, Function<String, T> parse) {
        return text(expected, value -> {
            if (value.isEmpty()) {
                throw new IllegalArgumentException("this is empty");
            }
            return parse.apply(value);
        });
    }

    static Setting<Boolean> bool() {
        return (source, what, node) ->
                node.scalar(Scalar.Type.BOOLEAN, source, what, "true or false").map(Boolean::valueOf);
    }

    /// A number from 0.
    static Setting<Integer> number(int most) {
        return (source, what, node) -> node.number(source, what, most);
    }

    static Setting<Duration> duration() {
        return text("a time from 1ms to " + MAX_DURATION.toDays() + "d, such as 500ms, 60s or 2h", value -> {
            Matcher matcher = DURATION.matcher(value);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("`" + Words.shortened(value) + "` is not a time");
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
                throw new IllegalArgumentException("`" + value + "` is out of range");
            }
            return duration;
        });
    }

    /// One of these constants, written in small letters.
    @SafeVarargs
    static <E extends Enum<E>> Setting<E> oneOf(E... constants) {
        Map<String, E> words = new LinkedHashMap<>();
        for (E constant : constants) {
            words.put(constant.name().toLowerCase(Locale.ROOT), constant);
        }
        return text(String.join(", ", words.keySet()).replaceFirst(", ([^,]*)$", " or $1"), value -> {
            E constant = words.get(value);
            if (constant == null) {
                throw new IllegalArgumentException("`" + Words.shortened(value) + "` is unknown");
            }
            return constant;
        });
    }

    /// A list; every wrong element is an error of its own.
    static <T> Setting<List<T>> listOf(Setting<T> element) {
        return (source, what, node) -> {
            if (!(node instanceof YamlNode.Sequence list)) {
                source.error(node, what + " is " + node.kind() + ", expected a list");
                return Optional.empty();
            }
            List<T> values = new ArrayList<>();
            for (YamlNode each : list.items()) {
                element.read(source, "a value of " + what, each).ifPresent(values::add);
            }
            return Optional.of(List.copyOf(values));
        };
    }

    /// A map with free keys, in the order of the file.
    static <T> Setting<Map<String, T>> mapOf(Setting<T> element) {
        return (source, what, node) -> Fields.read(source, node, what).map(fields -> {
            Map<String, T> values = new LinkedHashMap<>();
            fields.values()
                    .forEach((key, value) -> element.read(source, "`" + Words.shortened(key) + "`", value)
                            .ifPresent(read -> values.put(key, read)));
            return Collections.unmodifiableMap(values);
        });
    }
}
