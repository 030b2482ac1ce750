// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.agent.view.MeterSnapshot;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Meters as text: the Prometheus text format 0.0.4, or OpenMetrics 1.0.0. Values are whole numbers, exact to 64
/// bits.
final class Exposition extends ByteArrayOutputStream {
    private final boolean openMetrics;
    private List<String> beforeLabels = List.of(); // what stands before the value of each
    private String name = "";
    private String created = ""; // the name that tells when a series began

    Exposition(WeirMetrics.Format format, int size) {
        super(size);
        this.openMetrics = format == WeirMetrics.Format.OPENMETRICS;
    }

    /// Writes one meter whole: what it is, then its series.
    void write(WeirMeter meter, MeterSnapshot snapshot) {
        WeirMeter.Kind kind = meter.kind();
        name = meter.text();
        beforeLabels = new ArrayList<>();
        for (String label : meter.labels()) {
            beforeLabels.add((beforeLabels.isEmpty() ? "{" : ",") + label + "=\"");
        }
        String plain = name.substring(0, name.length() - kind.suffix.length());
        String family = openMetrics ? plain : name;
        created = plain + "_created";
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
        appendLabels(labelValues);
        append(labelValues.length == 0 ? " " : "} ").append(value).append("\n");
    }

    /// Writes one series of a counter, and when it began.
    ///
    /// @param second as [#addCreated]
    void addCounter(long value, long second, String... labelValues) {
        add(value, labelValues);
        addCreated(second, labelValues);
    }

    /// Writes when the series that was written last began: in OpenMetrics, which alone has a word for it.
    ///
    /// @param second Unix time, rounded down; 0: it is not known, and nothing is written
    void addCreated(long second, String... labelValues) {
        if (openMetrics && second != 0) {
            append(created);
            appendLabels(labelValues);
            append(labelValues.length == 0 ? " " : "} ").append(second).append("\n");
        }
    }

    /// Writes one series of a histogram.
    ///
    /// @param counts by duration; the first is of what took less than `firstMicros`, each further one of less than
    /// twice that, the last of the rest
    /// @param micros all durations together
    void addHistogram(List<Long> counts, long firstMicros, long micros, String... labelValues) {
        long below = 0;
        for (int i = 0; i < counts.size(); i++) {
            below += counts.get(i);
            append(name).append("_bucket");
            appendLabels(labelValues);
            append(labelValues.length == 0 ? "{le=\"" : ",le=\"");
            append(i == counts.size() - 1 ? "+Inf" : bound(firstMicros << i));
            append("\"} ").append(below).append("\n");
        }
        append(name).append("_sum");
        appendLabels(labelValues);
        append("} ").append(seconds(micros * 1000)).append("\n");
        append(name).append("_count");
        appendLabels(labelValues);
        append("} ").append(below).append("\n");
    }

    /// Writes labels, but not what ends them.
    private void appendLabels(String... values) {
        for (int i = 0; i < values.length; i++) {
            append(beforeLabels.get(i));
            appendEscaped(values[i]);
            append("\"");
        }
    }

    /// Writes the one series of a summary.
    void addTimes(long count, long nanos) {
        append(name).append("_count ").append(count).append("\n");
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

    /// @param ascii only characters below 0x80
    @SuppressWarnings("deprecation") // it drops the high bytes of characters, which have none here, and makes no array
    private Exposition append(String ascii) {
        reserve(ascii.length());
        ascii.getBytes(0, ascii.length(), buf, count);
        count += ascii.length();
        return this;
    }

    private Exposition append(long value) {
        if (value < 0 || value > 9) {
            return append(Long.toString(value));
        }
        reserve(1);
        buf[count++] = (byte) ('0' + value);
        return this;
    }

    private void reserve(int bytes) {
        if (buf.length - count < bytes) {
            buf = Arrays.copyOf(buf, Math.addExact(buf.length, Math.max(buf.length, bytes)));
        }
    }
}
