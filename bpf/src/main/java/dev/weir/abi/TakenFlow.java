// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;
import static dev.weir.abi.Layouts.U8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.ByteBuffer;

/// Argument and result of the syscall program `weir_take_flow`: a flow of maps of an older layout. C side
/// `struct weir_taken_flow`.
///
/// @param flow the value as this layout has it, at most 128 bytes
/// @param key the key as this layout has it, at most 64 bytes
/// @param olderKey the key as the older map has it, at most 64 bytes
/// @param last whether no program counts into it any more: what it has counted is added, and it leaves the older map
/// @param inserted out: whether it was not there yet
public record TakenFlow(ByteBuffer flow, ByteBuffer key, ByteBuffer olderKey, boolean last, boolean inserted) {
    private static final int FLOW_BYTES = 128;
    private static final int KEY_BYTES = 64;

    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_taken_flow",
            Layouts.array(FLOW_BYTES, U8, "flow"),
            Layouts.array(KEY_BYTES, U8, "key"),
            Layouts.array(KEY_BYTES, U8, "older_key"),
            U32.withName("last"),
            U32.withName("inserted"));

    private static final int FLOW = Layouts.offset(LAYOUT, "flow");
    private static final int KEY = Layouts.offset(LAYOUT, "key");
    private static final int OLDER_KEY = Layouts.offset(LAYOUT, "older_key");
    private static final int LAST = Layouts.offset(LAYOUT, "last");
    private static final int INSERTED = Layouts.offset(LAYOUT, "inserted");

    public static final Codec<TakenFlow> CODEC = new StructCodec<>(LAYOUT, TakenFlow::write, TakenFlow::read);

    public TakenFlow {
        if (flow.remaining() > FLOW_BYTES || key.remaining() > KEY_BYTES || olderKey.remaining() > KEY_BYTES) {
            throw new IllegalArgumentException("a flow of %d bytes with keys of %d and %d bytes does not fit"
                    .formatted(flow.remaining(), key.remaining(), olderKey.remaining()));
        }
    }

    private void write(MemorySegment target) {
        copy(flow, target, FLOW);
        copy(key, target, KEY);
        copy(olderKey, target, OLDER_KEY);
        target.set(U32, LAST, last ? 1 : 0);
        target.set(U32, INSERTED, inserted ? 1 : 0);
    }

    private static TakenFlow read(MemorySegment source) {
        return new TakenFlow(
                bytes(source, FLOW, FLOW_BYTES),
                bytes(source, KEY, KEY_BYTES),
                bytes(source, OLDER_KEY, KEY_BYTES),
                source.get(U32, LAST) != 0,
                source.get(U32, INSERTED) != 0);
    }

    private static void copy(ByteBuffer bytes, MemorySegment target, int offset) {
        target.asSlice(offset).copyFrom(MemorySegment.ofBuffer(bytes));
    }

    private static ByteBuffer bytes(MemorySegment source, int offset, int length) {
        return ByteBuffer.wrap(source.asSlice(offset, length).toArray(U8));
    }
}
