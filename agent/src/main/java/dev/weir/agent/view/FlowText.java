// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Flows as JSON, to the byte as [Json] writes a [FlowView]. A table has a million of them, in which the same names
/// and the same seconds come again and again: what they look like is kept, and nothing else is made of a flow but its
/// text. For one thread.
public final class FlowText {
    private static final int KEPT = 1024; // of each kind; a power of two
    private static final int SECONDS_KEPT = 256; // a power of two
    private static final int NANOS = 1_000_000_000;
    private static final int NUMBERS_BYTES = 512; // more than a row takes beside its names
    private static final byte[] TRIPLES = triples();

    private static final byte[] INSIDE_PORT = ascii("\",\"insidePort\":");
    private static final byte[] OUTSIDE_ADDRESS = ascii(",\"outsideAddress\":\"");
    private static final byte[] OUTSIDE_PORT = ascii("\",\"outsidePort\":");
    private static final byte[] SERVICE = ascii(",\"service\":");
    private static final byte[] PACKETS_INGRESS = ascii(",\"packetsIngress\":");
    private static final byte[] BYTES_EGRESS = ascii(",\"bytesEgress\":");
    private static final byte[] BYTES_INGRESS = ascii(",\"bytesIngress\":");
    private static final byte[] OPENED = ascii(",\"openedAt\":\"");
    private static final byte[] LAST_SEEN = ascii("Z\",\"lastSeenAt\":\"");
    private static final byte[] AGE = ascii("Z\",\"ageSeconds\":");
    private static final byte[][] STATES = states();

    private final @Nullable Head[] heads = new Head[KEPT];
    private final @Nullable Judged[] judged = new Judged[KEPT];
    private final long[] seconds = new long[SECONDS_KEPT];
    private final byte[] @Nullable [] secondTexts = new byte[SECONDS_KEPT][];
    private byte[] buf;
    private int count;

    /// What a row begins with, up to the inside address, and what its service begins with.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Head(
            String namespace, String device, Direction direction, String protocol, byte[] text, byte[] service) {
        static Head of(FlowRow row) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            append(text, "{\"namespace\":", row.namespace());
            append(text, ",\"device\":", row.device());
            append(text, ",\"direction\":", row.direction().toString());
            append(text, ",\"protocol\":", row.protocol());
            text.writeBytes(ascii(",\"insideAddress\":\""));
            byte[] service = Json.write(row.protocol() + "/");
            ByteArrayOutputStream open = new ByteArrayOutputStream();
            open.writeBytes(SERVICE);
            open.write(service, 0, service.length - 1); // without the quote behind
            return new Head(
                    row.namespace(),
                    row.device(),
                    row.direction(),
                    row.protocol(),
                    text.toByteArray(),
                    open.toByteArray());
        }

        /// Names are mostly the same objects: that is seen without a call.
        boolean isOf(String ofNamespace, String ofDevice, Direction ofDirection, String ofProtocol) {
            return Objects.equals(namespace, ofNamespace)
                    && Objects.equals(device, ofDevice)
                    && direction == ofDirection
                    && Objects.equals(protocol, ofProtocol);
        }
    }

    /// What a row has between its service and its packets.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Judged(Verdict verdict, String policy, String rule, byte[] text) {
        static Judged of(FlowRow row) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            append(text, ",\"verdict\":", row.verdict().word());
            append(text, ",\"policy\":", row.policy());
            append(text, ",\"rule\":", row.rule());
            text.writeBytes(ascii(",\"packetsEgress\":"));
            return new Judged(row.verdict(), row.policy(), row.rule(), text.toByteArray());
        }

        boolean isOf(Verdict ofVerdict, String ofPolicy, String ofRule) {
            return verdict == ofVerdict && Objects.equals(policy, ofPolicy) && Objects.equals(rule, ofRule);
        }
    }

    /// @param bytes that it has room for at first; it takes more where they do not suffice
    public FlowText(int bytes) {
        buf = new byte[bytes];
    }

    /// Appends a row.
    public void append(FlowRow row) {
        Direction direction = row.direction();
        Head head = head(row, direction);
        Judged verdict = judged(row);
        byte[] service = row.serviceIsPort() ? head.service : Json.write(row.service());
        reserve(head.text.length + service.length + verdict.text.length + NUMBERS_BYTES);
        byte[] to = buf;
        int insidePort = row.insidePort();
        int outsidePort = row.outsidePort();
        int at = put(to, count, head.text);
        at = row.insideAddress().write(to, at);
        at = put(to, at, INSIDE_PORT);
        at = put(to, at, insidePort);
        at = put(to, at, OUTSIDE_ADDRESS);
        at = row.outsideAddress().write(to, at);
        at = put(to, at, OUTSIDE_PORT);
        at = put(to, at, outsidePort);
        if (row.serviceIsPort()) {
            at = put(to, at, service);
            at = put(to, at, direction == Direction.EGRESS ? outsidePort : insidePort);
            to[at++] = '"';
        } else {
            at = put(to, at, SERVICE);
            at = put(to, at, service);
        }
        at = put(to, at, verdict.text);
        at = put(to, at, row.packetsEgress());
        at = put(to, at, PACKETS_INGRESS);
        at = put(to, at, row.packetsIngress());
        at = put(to, at, BYTES_EGRESS);
        at = put(to, at, row.bytesEgress());
        at = put(to, at, BYTES_INGRESS);
        at = put(to, at, row.bytesIngress());
        at = put(to, at, OPENED);
        at = putTime(to, at, row.openedNanos());
        at = put(to, at, LAST_SEEN);
        at = putTime(to, at, row.lastSeenNanos());
        at = put(to, at, AGE);
        at = put(to, at, row.ageSeconds());
        at = put(to, at, STATES[row.state().number()]);
        at = put(to, at, row.handshakeMicros());
        to[at++] = '}';
        count = at;
    }

    /// Appends what stands between two rows.
    public void comma() {
        reserve(1);
        buf[count++] = ',';
    }

    /// Appends ASCII.
    public void append(String text) {
        byte[] bytes = ascii(text);
        reserve(bytes.length);
        count = put(buf, count, bytes);
    }

    /// How much there is.
    public int size() {
        return count;
    }

    /// What there is: the first [#size] bytes, until more is appended.
    public byte[] bytes() {
        return buf;
    }

    /// Begins anew.
    public void clear() {
        count = 0;
    }

    private Head head(FlowRow row, Direction direction) {
        String namespace = row.namespace();
        String device = row.device();
        String protocol = row.protocol();
        int place =
                place(31 * (31 * namespace.hashCode() + device.hashCode()) + protocol.hashCode() + direction.number());
        Head head = heads[place];
        if (head == null || !head.isOf(namespace, device, direction, protocol)) {
            head = Head.of(row);
            heads[place] = head;
        }
        return head;
    }

    private Judged judged(FlowRow row) {
        Verdict verdict = row.verdict();
        String policy = row.policy();
        String rule = row.rule();
        int place =
                place(31 * policy.hashCode() + rule.hashCode() + verdict.word().hashCode());
        Judged known = judged[place];
        if (known == null || !known.isOf(verdict, policy, rule)) {
            known = Judged.of(row);
            judged[place] = known;
        }
        return known;
    }

    private static int place(int hash) {
        return (hash ^ hash >>> 10 ^ hash >>> 20) & KEPT - 1;
    }

    // What follows writes at a place and returns the end: the simple JIT keeps both in registers, but not a field.

    private static int put(byte[] to, int at, byte[] bytes) {
        System.arraycopy(bytes, 0, to, at, bytes.length);
        return at + bytes.length;
    }

    private static int put(byte[] to, int at, long value) {
        if (value >= 0 && value < NANOS) {
            return put(to, at, (int) value);
        }
        return put(to, at, ascii(Long.toString(value)));
    }

    /// @param value not negative
    private static int put(byte[] to, int at, int value) {
        if (value < 10) {
            to[at] = (byte) ('0' + value);
            return at + 1;
        }
        if (value >= 1000) {
            int thousands = thousands(value);
            return putTriple(to, put(to, at, thousands), value - 1000 * thousands);
        }
        int end = at;
        int from = 3 * value;
        if (value > 99) {
            to[end++] = TRIPLES[from];
        }
        to[end++] = TRIPLES[from + 1];
        to[end++] = TRIPLES[from + 2];
        return end;
    }

    private static int putTriple(byte[] to, int at, int value) {
        byte[] triples = TRIPLES;
        int from = 3 * value;
        to[at] = triples[from];
        to[at + 1] = triples[from + 1];
        to[at + 2] = triples[from + 2];
        return at + 3;
    }

    /// `value / 1000`, which the simple JIT would have the processor divide: 2^38 / 1000, rounded up, is near enough
    /// for
    /// 31 bits.
    private static int thousands(int value) {
        return (int) ((value * 274_877_907L) >>> 38);
    }

    /// Writes a time as [Instant#toString] does, without its `Z`: a fraction has three, six or nine digits, or none.
    private int putTime(byte[] to, int at, long nanos) {
        long second = Math.floorDiv(nanos, (long) NANOS);
        int fraction = (int) (nanos - second * NANOS);
        int end = put(to, at, second(second));
        if (fraction == 0) {
            return end;
        }
        int micros = thousands(fraction);
        int millis = thousands(micros);
        int nanosLeft = fraction - 1000 * micros;
        int microsLeft = micros - 1000 * millis;
        to[end++] = '.';
        end = putTriple(to, end, millis);
        if (nanosLeft != 0 || microsLeft != 0) {
            end = putTriple(to, end, microsLeft);
        }
        return nanosLeft == 0 ? end : putTriple(to, end, nanosLeft);
    }

    private byte[] second(long second) {
        int place = (int) second & SECONDS_KEPT - 1;
        byte[] text = secondTexts[place];
        if (text == null || seconds[place] != second) {
            String whole = Instant.ofEpochSecond(second).toString();
            text = ascii(whole.substring(0, whole.length() - 1));
            secondTexts[place] = text;
            seconds[place] = second;
        }
        return text;
    }

    private void reserve(int bytes) {
        if (buf.length - count < bytes) {
            buf = Arrays.copyOf(buf, Math.max(2 * buf.length, count + bytes));
        }
    }

    private static void append(ByteArrayOutputStream text, String key, String value) {
        text.writeBytes(ascii(key));
        text.writeBytes(Json.write(value));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    private static byte[] triples() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 1000; i++) {
            text.append((char) ('0' + i / 100))
                    .append((char) ('0' + i / 10 % 10))
                    .append((char) ('0' + i % 10));
        }
        return ascii(text.toString());
    }

    /// By number.
    private static byte[][] states() {
        FlowState[] all = FlowState.values();
        byte[][] texts = new byte[all.length][];
        for (FlowState state : all) {
            texts[state.number()] = ascii(",\"state\":\"" + state + "\",\"handshakeMicros\":");
        }
        return texts;
    }
}
