// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.lang.foreign.MemorySegment;

/// Codecs of keys and values that are no structs of ours: plain integers, and bytes.
public final class Codecs {
    /// A `__u32`, such as the key of an array; read as the same 32 bits, so values from 2^31 on are negative.
    public static final Codec<Integer> U32 = new StructCodec<>(
            Layouts.struct("u32", Layouts.U32.withName("value")),
            (value, target) -> target.set(Layouts.U32, 0, value),
            source -> source.get(Layouts.U32, 0));

    /// A `__u64`; read as the same 64 bits.
    public static final Codec<Long> U64 = new StructCodec<>(
            Layouts.struct("u64", Layouts.U64.withName("value")),
            (value, target) -> target.set(Layouts.U64, 0, value),
            source -> source.get(Layouts.U64, 0));

    private Codecs() {}

    /// What a map holds, as it is: for structs that this version does not know.
    public static Codec<byte[]> bytes(int length) {
        return new StructCodec<>(
                Layouts.struct(length + " bytes", Layouts.array(length, Layouts.U8, "bytes")),
                (value, target) -> MemorySegment.copy(value, 0, target, Layouts.U8, 0, length),
                source -> source.toArray(Layouts.U8));
    }
}
