// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;
import static dev.weir.abi.Layouts.U64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.junit.jupiter.api.Test;

class WordsCodecTest {
    @Test
    void wordsAndMemoryGiveTheSame() {
        long[] words = {1, 2, 30, 40};
        Cell cell = new Cell(1, 2, 30, 40);
        assertEquals(cell, Cell.CODEC.decode(words));
        assertEquals(cell, Cell.CODEC.decode(MemorySegment.ofArray(words)));
        long[] written = new long[4];
        Cell.CODEC.encode(cell, MemorySegment.ofArray(written));
        assertEquals(cell, Cell.CODEC.decode(written));
    }

    @Test
    void structsOfAnythingElseAreRefused() {
        StructLayout halves = Layouts.struct("halves", U32.withName("a"), U32.withName("b"), U64.withName("c"));
        assertThrows(
                IllegalArgumentException.class,
                () -> new WordsCodec<Long>(halves, (value, target) -> {}, words -> words[0]));
    }
}
