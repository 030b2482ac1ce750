// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.agent.view.MeterSnapshot;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Meters as text: the Prometheus text format 0.0.4, or OpenMetrics 1.0.0. Values are whole numbers, exact to 64
/// bits.
final class Exposition extends ByteArrayOutputStream {
    private final boolean openMetrics;
    private List<String> labels = List.of();
    private String name = "";

    Exposition(WeirMetrics.Format format, int size) {
        super(size);
        this.openMetrics = format == WeirMetrics.Format.OPENMETRICS;
    }

    /// Writes one meter whole: what it is, then its series.
    void write(WeirMeter meter, MeterSnapshot snapshot) {
        WeirMeter.Kind kind = meter.kind();
        name = meter.text();
        labels = meter.labels();
        String family = openMetrics ? name.substring(0, name.length() - kind.suffix.length()) : name;
        String type = kind == WeirMeter.Kind.INFO && !openMetrics ? "gauge" : kind.word;
        append("# HELP ").append(family).append(" ").append(meter.help()).append("\n");
        append("# TYPE ").append(family).append(" ").append(type).append("\n");
        if (openMetrics && !meter.unit().isEmpty()) {
            append("# UNIT ").append(family).append(" ").append(meter.unit()).append("\n");
        }
        meter.read(snapshot, this);
    }

    /// Writes one series of the meter.
    /// @param labelValues as many as the meter has labels, in their order
    void add(long value, String... labelValues) {
        append(name);
        char before = appendLabels(labelValues);
        append(before == '{' ? " " : "} ").append(Long.toString(value)).append("\n");
    }

    /// Writes one series of a histogram.
    /// @param counts by duration; the first is of what took less than `firstMicros`, each further one twice that,
    ///     the last
    /// the rest
    /// @param micros all durations together
    void addHistogram(List<Long> counts, long firstMicros, long micros, String... labelValues) {
        long below = 0;
        for (int i = 0; i < counts.size(); i++) {
            below += counts.get(i);
            append(name).append("_bucket");
            append(appendLabels(labelValues)).append("le=\"");
            append(i == counts.size() - 1 ? "+Inf" : bound(firstMicros << i));
            append("\"} ").append(Long.toString(below)).append("\n");
        }
        append(name).append("_sum");
        appendLabels(labelValues);
        append("} ").append(seconds(micros * 1000)).append("\n");
        append(name).append("_count");
        appendLabels(labelValues);
        append("} ").append(Long.toString(below)).append("\n");
    }

    /// Writes labels, but not what ends them; returns what would have to come before another.
    private char appendLabels(String... values) {
        char before = '{';
        for (int i = 0; i < values.length; i++) {
            append(before).append(labels.get(i)).append("=\"");
            appendEscaped(values[i]);
            append('"');
            before = ',';
        }
        return before;
    }

    /// Writes the one series of a summary.
    void addTimes(long count, long nanos) {
        append(name).append("_count ").append(Long.toString(count)).append("\n");
        append(name).append("_sum ").append(seconds(nanos)).append("\n");
    }

    /// Writes the one series of a meter that tells a time.
    void addTime(Instant time) {
        long second = TimeUnit.SECONDS.toNanos(time.getEpochSecond());
        append(name).append(" ").append(seconds(second + time.getNano())).append("\n");
    }

    private static String bound(long micros) {
        return BigDecimal.valueOf(micros, 6).stripTrailingZeros().toPlainString();
    }

    private static String seconds(long nanos) {
        long second = TimeUnit.SECONDS.toNanos(1);
        return "%d.%09d".formatted(nanos / second, nanos % second);
    }

    /// As label values are escaped in both formats.
    private void appendEscaped(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\' || c == '\n' || c >= 0x80) {
                String escaped =
                        value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
                writeBytes(escaped.getBytes(UTF_8));
                return;
            }
        }
        append(value);
    }

    private Exposition append(char ascii) {
        reserve(1);
        buf[count++] = (byte) ascii;
        return this;
    }

    /// @param ascii only characters below 0x80
    private Exposition append(String ascii) {
        byte[] bytes = ascii.getBytes(ISO_8859_1);
        reserve(bytes.length);
        System.arraycopy(bytes, 0, buf, count, bytes.length);
        count += bytes.length;
        return this;
    }

    private void reserve(int bytes) {
        if (buf.length - count < bytes) {
            buf = Arrays.copyOf(buf, Math.addExact(buf.length, Math.max(buf.length, bytes)));
        }
    }
}
