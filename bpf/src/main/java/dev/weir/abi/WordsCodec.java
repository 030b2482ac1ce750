// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U64;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// A [Codec] of a struct that is made of `__u64` only, and so can be read from an array of them too: fields of a
/// segment are dear one by one where the JIT is the simple one.
final class WordsCodec<T> implements Codec<T> {
    private final StructCodec<T> codec;
    private final Function<long[], T> reader;

    /// @param reader gets as many words as the struct has
    WordsCodec(StructLayout layout, BiConsumer<T, MemorySegment> writer, Function<long[], T> reader) {
        this.codec = new StructCodec<>(layout, writer, segment -> reader.apply(segment.toArray(U64)));
        this.reader = reader;
        if (!isOfWords(layout)) {
            throw new IllegalArgumentException(layout + " is not made of __u64 only");
        }
    }

    private static boolean isOfWords(MemoryLayout layout) {
        return switch (layout) {
            case StructLayout struct -> struct.memberLayouts().stream().allMatch(WordsCodec::isOfWords);
            case SequenceLayout array -> isOfWords(array.elementLayout());
            default -> layout instanceof ValueLayout.OfLong;
        };
    }

    @Override
    public StructLayout layout() {
        return codec.layout();
    }

    @Override
    public void encode(T value, MemorySegment target) {
        codec.encode(value, target);
    }

    @Override
    public T decode(MemorySegment source) {
        return codec.decode(source);
    }

    @Override
    public T decode(long[] words) {
        return reader.apply(words);
    }

    @Override
    public String toString() {
        return name();
    }
}
