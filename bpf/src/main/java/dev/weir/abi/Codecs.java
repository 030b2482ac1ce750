// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

/// Codecs of keys and values that are plain integers.
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
}
