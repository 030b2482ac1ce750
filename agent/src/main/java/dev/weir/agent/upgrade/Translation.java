// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.upgrade;

import dev.weir.abi.SumPlace;
import dev.weir.bpf.StructField;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Turns a struct of one layout into that of another: each field gets what the one of the same name holds. A
/// field without one is zero; one that is gone is left out. An integer may be wider or narrower than it was,
/// and so may a text.
///
/// @param bytes of the result
record Translation(int bytes, List<Copy> copies, List<SumPlace> sums) {
    /// The C name of what only has things added to it.
    private static final String SUM = "weir_sum";

    /// @param from offset before
    /// @param to offset after
    record Copy(int from, int to, int bytes, boolean sum) {}

    Translation {
        copies = List.copyOf(copies);
        sums = List.copyOf(sums);
    }

    /// @param bytes of the struct after
    /// @param taken which fields are taken over
    static Translation of(List<StructField> before, List<StructField> after, int bytes, Predicate<String> taken) {
        Map<String, StructField> old =
                before.stream().collect(Collectors.toMap(StructField::path, Function.identity()));
        List<Copy> copies = new ArrayList<>();
        List<SumPlace> sums = new ArrayList<>();
        for (StructField field : after) {
            StructField source = old.get(field.path());
            if (source == null || !taken.test(field.path()) || !(field.bytes() == source.bytes() || resizes(field))) {
                continue;
            }
            boolean sum = field.type().equals(SUM);
            copies.add(new Copy(source.offset(), field.offset(), Math.min(source.bytes(), field.bytes()), sum));
            if (sum) {
                sums.add(new SumPlace(source.offset(), source.bytes(), field.offset()));
            }
        }
        return new Translation(bytes, copies, sums);
    }

    /// Integers in the order of the host are lowest byte first, and texts end with zeros; in network order neither is
    /// so.
    private static boolean resizes(StructField field) {
        return !field.type().startsWith("__be");
    }

    /// Everything.
    byte[] apply(byte[] before) {
        return apply(before, true);
    }

    /// Everything but the sums, which are zero: they are still counted where they were.
    byte[] withoutSums(byte[] before) {
        return apply(before, false);
    }

    private byte[] apply(byte[] before, boolean withSums) {
        byte[] after = new byte[bytes];
        for (Copy copy : copies) {
            if (withSums || !copy.sum()) {
                System.arraycopy(before, copy.from(), after, copy.to(), copy.bytes());
            }
        }
        return after;
    }
}
