// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.List;
import java.util.stream.IntStream;

/// Load-time constants of the syscall program `weir_take_sums`; C side `struct weir_sum_places`.
///
/// @param perCpu whether the older array has an element for each CPU
/// @param places at most [Limits#MAX_SUMS]
public record SumPlaces(boolean perCpu, List<SumPlace> places) {
    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_sum_places",
            U32.withName("per_cpu"),
            U32.withName("count"),
            Layouts.array(Limits.MAX_SUMS, SumPlace.LAYOUT, "place"));

    private static final int PER_CPU = Layouts.offset(LAYOUT, "per_cpu");
    private static final int COUNT = Layouts.offset(LAYOUT, "count");
    private static final int PLACE = Layouts.offset(LAYOUT, "place");

    public static final Codec<SumPlaces> CODEC = new StructCodec<>(LAYOUT, SumPlaces::write, SumPlaces::read);

    public SumPlaces {
        places = List.copyOf(places);
        if (places.size() > Limits.MAX_SUMS) {
            throw new IllegalArgumentException(
                    "an element has " + places.size() + " sums; at most " + Limits.MAX_SUMS + " are carried over");
        }
    }

    private void write(MemorySegment target) {
        target.set(U32, PER_CPU, perCpu ? 1 : 0);
        target.set(U32, COUNT, places.size());
        for (int i = 0; i < places.size(); i++) {
            SumPlace.CODEC.encode(places.get(i), at(target, i));
        }
    }

    private static SumPlaces read(MemorySegment source) {
        return new SumPlaces(
                source.get(U32, PER_CPU) != 0,
                IntStream.range(0, source.get(U32, COUNT))
                        .mapToObj(i -> SumPlace.CODEC.decode(at(source, i)))
                        .toList());
    }

    private static MemorySegment at(MemorySegment struct, int i) {
        return struct.asSlice(PLACE + (long) i * SumPlace.LAYOUT.byteSize());
    }
}
