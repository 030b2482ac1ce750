// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.upgrade;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.SumPlace;
import dev.weir.bpf.StructField;
import java.util.List;
import org.junit.jupiter.api.Test;

class TranslationTest {
    private static StructField field(String path, String type, int offset, int bytes) {
        return new StructField(path, type, offset, bytes);
    }

    private static byte[] bytes(int... bytes) {
        byte[] all = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            all[i] = (byte) bytes[i];
        }
        return all;
    }

    private static Translation translation(List<StructField> before, List<StructField> after, int bytes) {
        return Translation.of(before, after, bytes, path -> true);
    }

    @Test
    void fieldsKeepWhatTheyHoldWhereverTheyStand() {
        Translation translation = translation(
                List.of(field("first", "__u8", 0, 1), field("gone", "__u8", 1, 1), field("last", "__u16", 2, 2)),
                List.of(field("last", "__u16", 0, 2), field("come", "__u8", 2, 1), field("first", "__u8", 3, 1)),
                4);
        assertArrayEquals(bytes(3, 4, 0, 1), translation.apply(bytes(1, 2, 3, 4)));
    }

    @Test
    void integersGrowAndShrinkAtTheirUpperEnd() {
        List<StructField> narrow = List.of(field("count", "__u32", 0, 4));
        List<StructField> wide = List.of(field("count", "__u64", 0, 8));
        assertArrayEquals(
                bytes(1, 2, 3, 4, 0, 0, 0, 0), translation(narrow, wide, 8).apply(bytes(1, 2, 3, 4)));
        assertArrayEquals(bytes(1, 2, 3, 4), translation(wide, narrow, 4).apply(bytes(1, 2, 3, 4, 0, 0, 0, 0)));
    }

    @Test
    void numbersInNetworkOrderAreOnlyTakenOverAsWideAsTheyWere() {
        List<StructField> port = List.of(field("port", "__be16", 0, 2));
        assertArrayEquals(bytes(1, 187), translation(port, port, 2).apply(bytes(1, 187)));
        assertArrayEquals(
                bytes(0, 0, 0, 0),
                translation(port, List.of(field("port", "__be32", 0, 4)), 4).apply(bytes(1, 187)));
    }

    @Test
    void sumsStayBehindAsLongAsTheyAreCounted() {
        Translation translation = translation(
                List.of(field("packets", "__u32", 0, 4), field("due", "__u64", 4, 8)),
                List.of(field("due", "__u64", 0, 8), field("packets", "weir_sum", 8, 8)),
                16);
        assertArrayEquals(
                bytes(7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
                translation.withoutSums(bytes(9, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0)));
        assertEquals(List.of(new SumPlace(0, 4, 8)), translation.sums());
    }

    @Test
    void whatIsMadeAnewIsNotTakenOver() {
        List<StructField> struct = List.of(field("layout", "__u32", 0, 4), field("epoch", "__u32", 4, 4));
        Translation translation = Translation.of(struct, struct, 8, path -> !path.equals("layout"));
        assertArrayEquals(bytes(0, 0, 0, 0, 5, 6, 7, 8), translation.apply(bytes(1, 2, 3, 4, 5, 6, 7, 8)));
    }
}
