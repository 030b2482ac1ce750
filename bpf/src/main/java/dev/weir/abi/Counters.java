// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U64;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.List;

/// Value of `weir_counters`, a per-CPU array by slot: packets that no rule decided, and events that
/// nobody will see; C side `struct weir_counters`.
///
/// @param egress by [Outcome#number()]
/// @param ingress by [Outcome#number()]
/// @param eventsLost one too many for the namespace, or the ring was full
/// @param eventsLostTold of these, those that a later event has told of
public record Counters(List<Count> egress, List<Count> ingress, long eventsLost, long eventsLostTold) {
    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_counters",
            Layouts.array(Outcome.ROOM, Count.LAYOUT, "egress"),
            Layouts.array(Outcome.ROOM, Count.LAYOUT, "ingress"),
            U64.withName("events_lost"),
            U64.withName("events_lost_told"));

    private static final int EGRESS = Layouts.offset(LAYOUT, "egress");
    private static final int INGRESS = Layouts.offset(LAYOUT, "ingress");
    private static final int LOST = Layouts.offset(LAYOUT, "events_lost");
    private static final int LOST_TOLD = Layouts.offset(LAYOUT, "events_lost_told");
    private static final int OUTCOMES = Outcome.values().length;

    public static final Codec<Counters> CODEC = new WordsCodec<>(LAYOUT, Counters::write, Counters::read);

    public Counters {
        egress = List.copyOf(egress);
        ingress = List.copyOf(ingress);
        if (egress.size() != OUTCOMES || ingress.size() != OUTCOMES) {
            throw new IllegalArgumentException("expected one count for each of the " + OUTCOMES + " outcomes");
        }
    }

    public Count count(Direction direction, Outcome outcome) {
        return (direction == Direction.EGRESS ? egress : ingress).get(outcome.number());
    }

    private void write(MemorySegment target) {
        for (int i = 0; i < OUTCOMES; i++) {
            Count.CODEC.encode(egress.get(i), target.asSlice(EGRESS + i * Count.LAYOUT.byteSize()));
            Count.CODEC.encode(ingress.get(i), target.asSlice(INGRESS + i * Count.LAYOUT.byteSize()));
        }
        target.set(U64, LOST, eventsLost);
        target.set(U64, LOST_TOLD, eventsLostTold);
    }

    private static Counters read(long[] words) {
        return new Counters(
                counts(words, EGRESS), counts(words, INGRESS), words[LOST / Long.BYTES], words[LOST_TOLD / Long.BYTES]);
    }

    private static List<Count> counts(long[] words, int offset) {
        Count[] counts = new Count[OUTCOMES];
        for (int i = 0, at = offset / Long.BYTES; i < OUTCOMES; i++, at += 2) {
            counts[i] = Count.of(words[at], words[at + 1]);
        }
        return List.of(counts);
    }
}
