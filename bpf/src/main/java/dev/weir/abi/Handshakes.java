// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U64;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.List;

/// Value of `weir_handshakes`, an array by slot that only the kernel changes: how long TCP handshakes took,
/// from SYN to the acknowledgement of its answer, as the device saw it. C side `struct weir_handshakes`.
///
/// @param egress by duration, of flows that were opened from inside: the first counts what took less than
///     [#FIRST_MICROS], each further one twice that, the last the rest
/// @param ingress likewise, of flows that were opened from outside
/// @param egressMicros sum of durations
/// @param ingressMicros sum of durations
public record Handshakes(List<Long> egress, List<Long> ingress, long egressMicros, long ingressMicros) {
    /// Upper bound of the first bucket, in microseconds.
    public static final int FIRST_MICROS = 64;

    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_handshakes",
            Layouts.array(2, Layouts.array(Limits.HANDSHAKE_BUCKETS, U64, "bucket"), "count"),
            Layouts.array(2, U64, "sum_us"));

    private static final int COUNT = Layouts.offset(LAYOUT, "count");
    private static final int SUM = Layouts.offset(LAYOUT, "sum_us");
    private static final int DIRECTION_BYTES = Limits.HANDSHAKE_BUCKETS * Long.BYTES;

    public static final Codec<Handshakes> CODEC = new StructCodec<>(LAYOUT, Handshakes::write, Handshakes::read);

    public Handshakes {
        egress = List.copyOf(egress);
        ingress = List.copyOf(ingress);
        if (egress.size() != Limits.HANDSHAKE_BUCKETS || ingress.size() != Limits.HANDSHAKE_BUCKETS) {
            throw new IllegalArgumentException("expected " + Limits.HANDSHAKE_BUCKETS + " buckets for each direction");
        }
    }

    private void write(MemorySegment target) {
        for (int i = 0; i < Limits.HANDSHAKE_BUCKETS; i++) {
            target.set(U64, COUNT + (long) i * Long.BYTES, egress.get(i));
            target.set(U64, COUNT + DIRECTION_BYTES + (long) i * Long.BYTES, ingress.get(i));
        }
        target.set(U64, SUM, egressMicros);
        target.set(U64, SUM + Long.BYTES, ingressMicros);
    }

    private static Handshakes read(MemorySegment source) {
        return new Handshakes(
                buckets(source, COUNT),
                buckets(source, COUNT + DIRECTION_BYTES),
                source.get(U64, SUM),
                source.get(U64, SUM + Long.BYTES));
    }

    private static List<Long> buckets(MemorySegment source, int offset) {
        long[] counts = source.asSlice(offset, DIRECTION_BYTES).toArray(U64);
        Long[] boxed = new Long[counts.length];
        for (int i = 0; i < counts.length; i++) {
            boxed[i] = counts[i];
        }
        return List.of(boxed);
    }
}
