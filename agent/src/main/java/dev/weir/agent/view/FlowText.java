// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Flows of one [FlowWalk] as JSON, to the byte as [Json] writes a [FlowView]. A table has a million of them, in which
/// the same names, addresses and seconds come again and again: what they look like is kept, and nothing else is made of
/// a flow but its text. For one thread.
public final class FlowText {
    private static final int KEPT = 1024; // of each kind; a power of two
    private static final int SECONDS_KEPT = 256; // a power of two
    private static final int NANOS = 1_000_000_000;
    private static final int NUMBERS_BYTES = 512; // more than a row takes beside its names
    private static final int[] TRIPLES = triples();

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
    private final AddressTexts insides = new AddressTexts("", "\",\"insidePort\":");
    private final AddressTexts outsides = new AddressTexts(",\"outsideAddress\":\"", "\",\"outsidePort\":");
    private final long[] seconds = new long[SECONDS_KEPT];
    private final byte[] @Nullable [] secondTexts = new byte[SECONDS_KEPT][];
    private byte[] buf;
    private int count;

    /// What rows of a kind begin with, up to the inside address, and what their service begins with.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Head(int kind, byte[] text, byte[] service) {
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
            return new Head(row.kind(), text.toByteArray(), open.toByteArray());
        }
    }

    /// What rows of a judgement have between their service and their packets.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Judged(int judgement, byte[] text) {
        static Judged of(FlowRow row) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            append(text, ",\"verdict\":", row.verdict().word());
            append(text, ",\"policy\":", row.policy());
            append(text, ",\"rule\":", row.rule());
            text.writeBytes(ascii(",\"packetsEgress\":"));
            return new Judged(row.judgement(), text.toByteArray());
        }
    }

    /// @param bytes that it has room for at first; it takes more where they do not suffice
    public FlowText(int bytes) {
        buf = new byte[bytes];
    }

    /// Appends a row of the walk.
    public void append(FlowRow row) {
        Head head = head(row);
        Judged verdict = judged(row);
        byte[] service = row.serviceIsPort() ? head.service : Json.write(row.service());
        reserve(head.text.length + service.length + verdict.text.length + NUMBERS_BYTES);
        byte[] to = buf;
        int insidePort = row.insidePort();
        int outsidePort = row.outsidePort();
        int at = put(to, count, head.text);
        at = insides.put(to, at, row.insideAddress());
        at = put(to, at, insidePort);
        at = outsides.put(to, at, row.outsideAddress());
        at = put(to, at, outsidePort);
        if (row.serviceIsPort()) {
            at = put(to, at, service);
            at = put(to, at, row.direction() == Direction.EGRESS ? outsidePort : insidePort);
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
        at = putTimes(to, at, row.openedNanos(), row.lastSeenNanos());
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

    private Head head(FlowRow row) {
        int kind = row.kind();
        int place = place(kind);
        Head head = heads[place];
        if (head == null || head.kind != kind) {
            head = Head.of(row);
            heads[place] = head;
        }
        return head;
    }

    private Judged judged(FlowRow row) {
        int judgement = row.judgement();
        int place = place(judgement);
        Judged known = judged[place];
        if (known == null || known.judgement != judgement) {
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

    /// As short as this, so that the simple JIT writes a digit without a call.
    private static int put(byte[] to, int at, long value) {
        if (value >= 0 && value < 10) {
            to[at] = (byte) ('0' + (int) value);
            return at + 1;
        }
        return putLong(to, at, value);
    }

    private static int putLong(byte[] to, int at, long value) {
        if (value >= 0 && value < NANOS) {
            return put(to, at, (int) value);
        }
        return put(to, at, ascii(Long.toString(value)));
    }

    /// @param value not negative
    private static int put(byte[] to, int at, int value) {
        if (value >= 1000) {
            int thousands = thousands(value);
            int end = thousands < 1000 ? putFew(to, at, thousands) : put(to, at, thousands);
            return putTriple(to, end, value - 1000 * thousands);
        }
        return putFew(to, at, value);
    }

    /// @param value below a thousand, without zeros before it
    private static int putFew(byte[] to, int at, int value) {
        int triple = TRIPLES[value];
        int end = at;
        if (value >= 100) {
            to[end++] = (byte) triple;
        }
        if (value >= 10) {
            to[end++] = (byte) (triple >> 8);
        }
        to[end++] = (byte) (triple >> 16);
        return end;
    }

    private static int putTriple(byte[] to, int at, int value) {
        int triple = TRIPLES[value];
        to[at] = (byte) triple;
        to[at + 1] = (byte) (triple >> 8);
        to[at + 2] = (byte) (triple >> 16);
        return at + 3;
    }

    /// `value / 1000`, which the simple JIT would have the processor divide: 2^38 / 1000, rounded up, is near enough
    /// for
    /// 31 bits.
    private static int thousands(int value) {
        return (int) ((value * 274_877_907L) >>> 38);
    }

    /// Writes two times and what is between them. Of a flow that had but one packet they are the same.
    private int putTimes(byte[] to, int at, long opened, long lastSeen) {
        int end = putTime(to, at, opened);
        int next = put(to, end, LAST_SEEN);
        if (opened == lastSeen) {
            System.arraycopy(to, at, to, next, end - at);
            return next + end - at;
        }
        return putTime(to, next, lastSeen);
    }

    /// Writes a time as [Instant#toString] does, without its `Z`: a fraction has three, six or nine digits, or none.
    private int putTime(byte[] to, int at, long nanos) {
        long second = second(nanos);
        int fraction = (int) (nanos - second * NANOS);
        int end = put(to, at, secondText(second));
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

    /// `Math.floorDiv(nanos, NANOS)`, which the simple JIT would have a function divide: a `double` is off by one at
    /// most.
    private static long second(long nanos) {
        long second = (long) (nanos * 1e-9);
        long left = nanos - second * NANOS;
        return left < 0 ? second - 1 : left >= NANOS ? second + 1 : second;
    }

    private byte[] secondText(long second) {
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

    /// Three digits each, the first one lowest.
    private static int[] triples() {
        int[] triples = new int[1000];
        for (int i = 0; i < triples.length; i++) {
            triples[i] = '0' + i / 100 | ('0' + i / 10 % 10) << 8 | ('0' + i % 10) << 16;
        }
        return triples;
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
