// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// Some entries of `weir_flows`, of which one is looked at at a time, and of that only what is asked for: a table of a
/// million takes a moment then. It holds words of arrays, because fields of a segment are dear one by one where the
/// JIT is the simple one. For one thread.
public final class FlowBatch implements BatchReader {
    private static final int KEY_WORDS = FlowKey.CODEC.byteSize() / Integer.BYTES;
    private static final int VALUE_WORDS = Flow.CODEC.byteSize() / Long.BYTES;

    private static final int ADDRESSES_KEPT = 256; // a power of two

    private final @Nullable IpAddress[] addresses = new IpAddress[ADDRESSES_KEPT];
    private int[] keys = {};
    private long[] values = {};
    private int size;
    private int key; // where those of the flow begin that is looked at
    private int value;

    @Override
    public int keyBytes() {
        return FlowKey.CODEC.byteSize();
    }

    @Override
    public int valueBytes() {
        return Flow.CODEC.byteSize();
    }

    @Override
    public void read(MemorySegment keysRead, MemorySegment valuesRead, int count) {
        if (keys.length < count * KEY_WORDS) {
            keys = new int[count * KEY_WORDS];
            values = new long[count * VALUE_WORDS];
        }
        MemorySegment.copy(keysRead, ValueLayout.JAVA_INT, 0, keys, 0, count * KEY_WORDS);
        MemorySegment.copy(valuesRead, ValueLayout.JAVA_LONG, 0, values, 0, count * VALUE_WORDS);
        size = count;
    }

    /// How many flows there are.
    public int size() {
        return size;
    }

    /// Looks at the flow `index`.
    public void at(int index) {
        key = index * KEY_WORDS;
        value = index * VALUE_WORDS;
    }

    /// The key as a record.
    public FlowKey key() {
        return FlowKey.CODEC.decode(MemorySegment.ofArray(keys).asSlice((long) key * Integer.BYTES));
    }

    public IpAddress inside() {
        return address(FlowKey.INSIDE);
    }

    public IpAddress outside() {
        return address(FlowKey.OUTSIDE);
    }

    /// As [FlowKey#insidePort()].
    public int insidePort() {
        return port(FlowKey.INSIDE_PORT);
    }

    /// As [FlowKey#outsidePort()].
    public int outsidePort() {
        return port(FlowKey.OUTSIDE_PORT);
    }

    /// As [FlowKey#protocol()].
    public int protocol() {
        return bytes(FlowKey.PROTOCOL) & 0xff;
    }

    /// A number that flows have in common which the same rule judged alike.
    public int judgement() {
        return Flow.alike(word(Flow.JUDGEMENT));
    }

    public Verdict verdict() {
        return Flow.verdict(word(Flow.JUDGEMENT));
    }

    /// As [Flow#cell()].
    public int cell() {
        return Flow.cell(word(Flow.JUDGEMENT));
    }

    public long egressPackets() {
        return word(Flow.PACKETS);
    }

    public long ingressPackets() {
        return word(Flow.PACKETS + Long.BYTES);
    }

    public long egressBytes() {
        return word(Flow.BYTES);
    }

    public long ingressBytes() {
        return word(Flow.BYTES + Long.BYTES);
    }

    public long openedNanos() {
        return word(Flow.OPENED);
    }

    /// As [Flow#seen()].
    public int seen() {
        return part(Flow.SEEN) & ~Flow.LIFE_BITS;
    }

    public int slot() {
        return part(Flow.SLOT) & 0xffff;
    }

    public Direction opener() {
        return Direction.of(part(Flow.OPENER) & 0xff);
    }

    public FlowState state() {
        return FlowState.of(part(Flow.STATE) & Flow.STATE_BITS);
    }

    public int handshakeMicros() {
        return part(Flow.HANDSHAKE);
    }

    /// The word of the value that begins at `offset`.
    private long word(int offset) {
        return values[value + offset / Long.BYTES];
    }

    /// The word of the value in which `offset` is, from there on.
    private int part(int offset) {
        return (int) (word(offset) >>> (offset % Long.BYTES * Byte.SIZE));
    }

    /// Two bytes in network order, at an even offset.
    private int port(int offset) {
        int bytes = bytes(offset);
        return ((bytes & 0xff) << 8) | (bytes >>> 8 & 0xff);
    }

    /// The word of the key in which `offset` is, from there on.
    private int bytes(int offset) {
        return keys[key + offset / Integer.BYTES] >>> (offset % Integer.BYTES * Byte.SIZE);
    }

    /// Not a new object for each flow: the same few come again and again.
    private IpAddress address(int offset) {
        int from = key + offset / Integer.BYTES;
        long high = half(keys[from], keys[from + 1]);
        long low = half(keys[from + 2], keys[from + 3]);
        int place = (int) (low ^ low >>> 16 ^ low >>> 32) & ADDRESSES_KEPT - 1;
        IpAddress known = addresses[place];
        if (known == null || known.low() != low || known.high() != high) {
            known = new IpAddress(high, low);
            addresses[place] = known;
        }
        return known;
    }

    private static long half(int first, int second) {
        return (long) Integer.reverseBytes(first) << 32 | Integer.toUnsignedLong(Integer.reverseBytes(second));
    }
}
