// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// The one implementation of [Codec]: the layout, and how its fields are written and read.
record StructCodec<T>(StructLayout layout, BiConsumer<T, MemorySegment> writer, Function<MemorySegment, T> reader)
        implements Codec<T> {
    @Override
    public void encode(T value, MemorySegment target) {
        MemorySegment struct = target.asSlice(0, byteSize());
        struct.fill((byte) 0);
        writer.accept(value, struct);
    }

    @Override
    public T decode(MemorySegment source) {
        return reader.apply(source.asSlice(0, byteSize()));
    }

    @Override
    public String toString() {
        return name();
    }
}
