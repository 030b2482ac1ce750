// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// `--timeout`, where a command waits for the agent.
final class TimeoutOption {
    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "5s",
            converter = Time.class,
            description = "How long to wait for that; ${DEFAULT-VALUE} when absent.")
    Duration timeout = Duration.ZERO;

    /// Reads `500ms`, `5s` or `2m`.
    static final class Time implements ITypeConverter<Duration> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,6})(ms|s|m)");

        @Override
        public Duration convert(String value) {
            Matcher time = FORM.matcher(value);
            if (!time.matches()) {
                throw new TypeConversionException("`" + value + "` is not a time, expected such as 500ms, 5s or 2m");
            }
            long count = Long.parseLong(time.group(1));
            return switch (time.group(2)) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                default -> Duration.ofMinutes(count);
            };
        }
    }
}
