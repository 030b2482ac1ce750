// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.weir.abi.FlowState;
import dev.weir.abi.IpAddress;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Arrays;
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
            String namespace, String device, String direction, String protocol, byte[] text, byte[] service) {
        static Head of(FlowRow row) {
            String direction = row.direction().toString();
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            append(text, "{\"namespace\":", row.namespace());
            append(text, ",\"device\":", row.device());
            append(text, ",\"direction\":", direction);
            append(text, ",\"protocol\":", row.protocol());
            text.writeBytes(ascii(",\"insideAddress\":\""));
            byte[] service = Json.write(row.protocol() + "/");
            ByteArrayOutputStream open = new ByteArrayOutputStream();
            open.writeBytes(SERVICE);
            open.write(service, 0, service.length - 1); // without the quote behind
            return new Head(
                    row.namespace(), row.device(), direction, row.protocol(), text.toByteArray(), open.toByteArray());
        }

        boolean isOf(FlowRow row) {
            return namespace.equals(row.namespace())
                    && device.equals(row.device())
                    && direction.equals(row.direction().toString())
                    && protocol.equals(row.protocol());
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

        boolean isOf(FlowRow row) {
            return verdict == row.verdict() && policy.equals(row.policy()) && rule.equals(row.rule());
        }
    }

    /// @param bytes that it has room for at first; it takes more where they do not suffice
    public FlowText(int bytes) {
        buf = new byte[bytes];
    }

    /// Appends a row.
    public void append(FlowRow row) {
        Head head = head(row);
        Judged verdict = judged(row);
        reserve(head.text.length + head.service.length + verdict.text.length + NUMBERS_BYTES);
        put(head.text);
        put(row.insideAddress());
        put(INSIDE_PORT);
        put(row.insidePort());
        put(OUTSIDE_ADDRESS);
        put(row.outsideAddress());
        put(OUTSIDE_PORT);
        put(row.outsidePort());
        if (row.serviceIsPort()) {
            put(head.service);
            put(row.servicePort());
            buf[count++] = '"';
        } else {
            put(SERVICE);
            byte[] service = Json.write(row.service());
            reserve(service.length + verdict.text.length + NUMBERS_BYTES);
            put(service);
        }
        put(verdict.text);
        put(row.packetsEgress());
        put(PACKETS_INGRESS);
        put(row.packetsIngress());
        put(BYTES_EGRESS);
        put(row.bytesEgress());
        put(BYTES_INGRESS);
        put(row.bytesIngress());
        put(OPENED);
        putTime(row.openedNanos());
        put(LAST_SEEN);
        putTime(row.lastSeenNanos());
        put(AGE);
        put(row.ageSeconds());
        put(STATES[row.state().number()]);
        put(row.handshakeMicros());
        buf[count++] = '}';
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
        put(bytes);
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

    private Head head(FlowRow row) {
        int hash = 31 * (31 * row.namespace().hashCode() + row.device().hashCode())
                + row.protocol().hashCode()
                + row.direction().number();
        int place = place(hash);
        Head head = heads[place];
        if (head == null || !head.isOf(row)) {
            head = Head.of(row);
            heads[place] = head;
        }
        return head;
    }

    private Judged judged(FlowRow row) {
        int place = place(31 * row.policy().hashCode()
                + row.rule().hashCode()
                + row.verdict().word().hashCode());
        Judged known = judged[place];
        if (known == null || !known.isOf(row)) {
            known = Judged.of(row);
            judged[place] = known;
        }
        return known;
    }

    private static int place(int hash) {
        return (hash ^ hash >>> 10 ^ hash >>> 20) & KEPT - 1;
    }

    private void put(byte[] bytes) {
        System.arraycopy(bytes, 0, buf, count, bytes.length);
        count += bytes.length;
    }

    private void put(IpAddress address) {
        count = address.write(buf, count);
    }

    private void put(long value) {
        if (value >= 0 && value < NANOS) {
            put((int) value);
        } else {
            put(ascii(Long.toString(value)));
        }
    }

    /// @param value not negative
    private void put(int value) {
        if (value < 1000) {
            int from = 3 * value;
            if (value > 99) {
                buf[count++] = TRIPLES[from];
            }
            if (value > 9) {
                buf[count++] = TRIPLES[from + 1];
            }
            buf[count++] = TRIPLES[from + 2];
        } else {
            int thousands = value / 1000;
            put(thousands);
            putTriple(value - 1000 * thousands);
        }
    }

    private void putTriple(int value) {
        int from = 3 * value;
        buf[count++] = TRIPLES[from];
        buf[count++] = TRIPLES[from + 1];
        buf[count++] = TRIPLES[from + 2];
    }

    /// Writes a time as [Instant#toString] does, without its `Z`: a fraction has three, six or nine digits, or none.
    private void putTime(long nanos) {
        long second = Math.floorDiv(nanos, (long) NANOS);
        put(second(second));
        int fraction = (int) (nanos - second * NANOS);
        if (fraction == 0) {
            return;
        }
        int micros = fraction / 1000;
        int millis = micros / 1000;
        buf[count++] = '.';
        putTriple(millis);
        int nanosLeft = fraction - 1000 * micros;
        int microsLeft = micros - 1000 * millis;
        if (nanosLeft != 0 || microsLeft != 0) {
            putTriple(microsLeft);
        }
        if (nanosLeft != 0) {
            putTriple(nanosLeft);
        }
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
