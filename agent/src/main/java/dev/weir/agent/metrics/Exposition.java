// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.agent.view.MeterSnapshot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Meters as text: the Prometheus text format 0.0.4, or OpenMetrics 1.0.0. Values are whole numbers, exact to 64
/// bits. It is used for one scrape after the other, because a host of a thousand namespaces has a hundred thousand
/// lines, which differ from those of another namespace in its name and their values only: what stands between both is
/// kept. The text itself, megabytes then, is outside the heap.
final class Exposition extends OutputStream {
    private static final int KEPT = 1024; // tails; a power of two
    private static final int PIECE_BYTES = 16_384;
    private static final byte[] NONE = {};
    private static final byte[] BARE = {' '};
    private static final byte[] LABELLED = {'}', ' '};

    private final boolean openMetrics;
    private final String[] one = new String[1]; // value of labels, of the line that is being written
    private final String[] three = new String[3];
    private final String[] five = new String[5];
    private final @Nullable Tail[] kept = new Tail[KEPT];
    private Tail last = new Tail(WeirMeter.BUILD_INFO, 0, new String[0], NONE);
    private ByteBuf text = Unpooled.EMPTY_BUFFER;
    private byte[] buf = new byte[PIECE_BYTES]; // what comes next of it
    private int count;
    private WeirMeter meter = WeirMeter.BUILD_INFO;
    private String name = "";
    private boolean ofNamespace; // is what the first label names
    private int apart; // labels, the first ones, whose values differ from line to line
    private ToLongFunction<String> began = Exposition::untold; // a namespace's series, in Unix seconds; 0: not told
    private List<String> labels = List.of();
    private byte[] head = NONE; // of a line, up to the value of the first label
    private byte[] between = NONE; // the values of the first two labels, where both differ
    private byte[] created = NONE; // as head, of the line that tells when a series began
    private String before = ""; // the value that `escaped` is of
    private byte[] escaped = NONE; // none where nothing in it is

    /// What a line has behind the values that differ from line to line.
    private static final class Tail {
        private final WeirMeter meter;
        private final int apart;
        private final String[] values;
        private final byte[] text;
        private @Nullable Tail next; // what followed it last, as it mostly does, since namespaces are alike

        Tail(WeirMeter meter, int apart, String[] values, byte[] text) {
            this.meter = meter;
            this.apart = apart;
            this.values = values;
            this.text = text;
        }

        boolean is(WeirMeter ofMeter, String[] ofValues) {
            if (meter != ofMeter) {
                return false;
            }
            for (int i = apart; i < values.length; i++) {
                if (!values[i].equals(ofValues[i])) {
                    return false;
                }
            }
            return true;
        }
    }

    Exposition(WeirMetrics.Format format) {
        this.openMetrics = format == WeirMetrics.Format.OPENMETRICS;
    }

    /// From now on writes to `empty`.
    void begin(ByteBuf empty) {
        text = empty;
        count = 0;
    }

    /// Everything is written.
    void end() {
        flush();
        text = Unpooled.EMPTY_BUFFER;
    }

    /// Writes one meter whole: what it is, then its series.
    void write(WeirMeter next, MeterSnapshot snapshot) {
        meter = next;
        MeterKind kind = meter.kind();
        name = meter.text();
        labels = meter.labels();
        ofNamespace = labels.indexOf("namespace") == 0;
        boolean ofDevice = labels.indexOf("device") == 1;
        apart = labels.isEmpty() ? 0 : ofDevice ? 2 : 1;
        between = ofDevice ? "\",device=\"".getBytes(US_ASCII) : NONE;
        head = head("");
        String plain = name.substring(0, name.length() - kind.suffix.length());
        created = startOfLine(plain + "_created");
        String family = openMetrics ? plain : name;
        String type = kind == MeterKind.INFO && !openMetrics ? "gauge" : kind.word;
        append("# HELP ").append(family).append(" ").append(meter.help()).append("\n");
        append("# TYPE ").append(family).append(" ").append(type).append("\n");
        if (openMetrics && !meter.unit().isEmpty()) {
            append("# UNIT ").append(family).append(" ").append(meter.unit()).append("\n");
        }
        began = openMetrics ? began(snapshot) : Exposition::untold;
        meter.read(snapshot, this);
        began = Exposition::untold; // so that the snapshot is not kept
    }

    private ToLongFunction<String> began(MeterSnapshot snapshot) {
        return switch (meter.began()) {
            case UNTOLD -> Exposition::untold;
            case NAMESPACE -> snapshot::began;
            case AGENT -> ofNamespace ? snapshot::beganInAgent : namespace -> snapshot.agentBegan();
        };
    }

    private static long untold(String namespace) {
        return 0;
    }

    /// Writes one series of the meter, and when it began.
    /// @param labelValues as many as the meter has labels, in their order
    void add(long value, String... labelValues) {
        line(head, value, labelValues);
        addCreated(labelValues);
    }

    /// As the other, but makes no array, since each namespace has many of these.
    void add(long value, String first) {
        one[0] = first;
        add(value, one);
    }

    /// As the other, of three labels.
    void add(long value, String first, String second, String third) {
        three[0] = first;
        three[1] = second;
        three[2] = third;
        add(value, three);
    }

    /// As the other, of five.
    void add(long value, String first, String second, String third, String fourth, String fifth) {
        five[0] = first;
        five[1] = second;
        five[2] = third;
        five[3] = fourth;
        five[4] = fifth;
        add(value, five);
    }

    /// Writes when the series that was written last began, where that is told and known: in OpenMetrics, which
    /// alone has a word for it.
    private void addCreated(String... labelValues) {
        long second = began.applyAsLong(labelValues.length == 0 ? "" : labelValues[0]);
        if (second != 0) {
            line(created, second, labelValues);
        }
    }

    private void line(byte[] start, long value, String... labelValues) {
        append(start);
        appendLabels(labelValues);
        append(labelValues.length == 0 ? BARE : LABELLED).append(value);
        reserve(1);
        buf[count++] = '\n';
    }

    /// Writes one series of a histogram, which has labels.
    ///
    /// @param counts by duration; the first is of what took less than `firstMicros`, each further one of less than
    /// twice that, the last of the rest
    /// @param micros all durations together
    void addHistogram(List<Long> counts, long firstMicros, long micros, String... labelValues) {
        byte[] bucket = head("_bucket");
        long below = 0;
        for (int i = 0; i < counts.size(); i++) {
            below += counts.get(i);
            append(bucket);
            appendLabels(labelValues);
            append(",le=\"");
            append(i == counts.size() - 1 ? "+Inf" : bound(firstMicros << i));
            append("\"} ").append(below).append("\n");
        }
        append(head("_sum"));
        appendLabels(labelValues);
        append("} ").append(seconds(micros * 1000)).append("\n");
        append(head("_count"));
        appendLabels(labelValues);
        append("} ").append(below).append("\n");
        addCreated(labelValues);
    }

    private byte[] head(String suffix) {
        return startOfLine(name + suffix);
    }

    private byte[] startOfLine(String sample) {
        return (sample + (labels.isEmpty() ? "" : "{" + labels.getFirst() + "=\"")).getBytes(US_ASCII);
    }

    /// Writes the values of labels and what stands between them, but not what ends them.
    private void appendLabels(String... values) {
        if (values.length == 0) {
            return;
        }
        if (!values[0].equals(before)) {
            before = values[0];
            escaped = isPlain(before) ? NONE : escape(before).getBytes(UTF_8);
        }
        if (escaped.length == 0) {
            append(before);
        } else {
            append(escaped);
        }
        if (apart == 2) {
            append(between);
            appendEscaped(values[1]);
        }
        append(tail(values));
    }

    private void appendEscaped(String value) {
        if (isPlain(value)) {
            append(value);
        } else {
            append(escape(value).getBytes(UTF_8));
        }
    }

    private byte[] tail(String... values) {
        Tail tail = last.next;
        if (tail == null || !tail.is(meter, values)) {
            tail = kept(values);
            last.next = tail;
        }
        last = tail;
        return tail.text;
    }

    private Tail kept(String... values) {
        int hash = name.hashCode();
        for (int i = apart; i < values.length; i++) {
            hash = 31 * hash + values[i].hashCode();
        }
        int place = (hash ^ hash >>> 16) & KEPT - 1;
        Tail tail = kept[place];
        if (tail == null || !tail.is(meter, values)) {
            tail = new Tail(meter, apart, values.clone(), newTail(values));
            kept[place] = tail;
        }
        return tail;
    }

    private byte[] newTail(String... values) {
        StringBuilder text = new StringBuilder("\"");
        for (int i = apart; i < values.length; i++) {
            text.append(',').append(labels.get(i)).append("=\"");
            text.append(escape(values[i])).append('"');
        }
        return text.toString().getBytes(UTF_8);
    }

    /// Writes the one series of a summary.
    void addTimes(long count, long nanos) {
        append(name).append("_count ").append(count).append("\n");
        append(name).append("_sum ").append(seconds(nanos)).append("\n");
        addCreated();
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
    private static String escape(String value) {
        return isPlain(value)
                ? value
                : value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private static boolean isPlain(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c > '~' || c == '\\' || c == '"' || c == '\n') {
                return false;
            }
        }
        return true;
    }

    private Exposition append(byte[] bytes) {
        reserve(bytes.length);
        System.arraycopy(bytes, 0, buf, count, bytes.length);
        count += bytes.length;
        return this;
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
        if (value < 0) {
            return append(Long.toString(value));
        }
        if (value < 10) { // as most are: a division is dear
            reserve(1);
            buf[count++] = (byte) ('0' + value);
            return this;
        }
        int digits = 1;
        for (long rest = value; rest > 9; rest /= 10) {
            digits++;
        }
        reserve(digits);
        long rest = value;
        for (int i = count + digits - 1; i >= count; i--) {
            buf[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        count += digits;
        return this;
    }

    @Override
    public void write(int b) {
        reserve(1);
        buf[count++] = (byte) b;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        flush();
        text.writeBytes(bytes, offset, length);
    }

    @Override
    public void flush() {
        text.writeBytes(buf, 0, count);
        count = 0;
    }

    private void reserve(int bytes) {
        if (buf.length - count < bytes) {
            makeRoom(bytes);
        }
    }

    private void makeRoom(int bytes) {
        flush();
        if (buf.length < bytes) {
            buf = new byte[bytes];
        }
    }
}
