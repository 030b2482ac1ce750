// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;
import static dev.weir.abi.Layouts.U64;
import static dev.weir.abi.Layouts.U8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.HexFormat;

/// The one element of `weir_state`, which the agent maps; C side `struct weir_state`. `epoch` is stored last
/// and alone: that one store switches every endpoint at once.
///
/// @param layout [Limits#LAYOUT] of who made the maps
/// @param epoch grows with every change of verdicts
/// @param oldest the oldest epoch that a stamped packet may still ask for: epoch or epoch - 1
/// @param flowShare flows that a namespace can always have; beyond them, up to its quota, it gets one only while
///     all
/// namespaces together have less than `flowRoom`
/// @param eventIntervalMicros least mean distance of events of a namespace
/// @param programs which build of the programs judges
/// @param creditedNanos CLOCK_MONOTONIC: when peers were last credited with what flows had counted
/// @param even the generation of even epochs
/// @param odd the generation of odd epochs
public record State(
        int layout,
        int epoch,
        int oldest,
        int flowShare,
        int flowRoom,
        int eventIntervalMicros,
        long programs,
        long creditedNanos,
        Generation even,
        Generation odd) {

    /// One set of policies as it was applied.
    ///
    /// @param number how many policy changes were applied before and with it
    /// @param appliedNanos CLOCK_REALTIME
    /// @param hash SHA-256 of the policies, 64 lower-case hexadecimal digits
    public record Generation(long number, long appliedNanos, String hash) {
        public static final Generation NONE = new Generation(0, 0, "00".repeat(Limits.HASH_BYTES));

        public Generation {
            if (!hash.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException("hash \"" + hash + "\" is not 64 lower-case hexadecimal digits");
            }
        }
    }

    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_state",
            U32.withName("layout"),
            U32.withName("epoch"),
            U32.withName("oldest"),
            U32.withName("flow_share"),
            U32.withName("flow_room"),
            U32.withName("event_interval_us"),
            U64.withName("programs"),
            U64.withName("credited_ns"),
            Layouts.array(2, U64, "generation"),
            Layouts.array(2, U64, "applied_ns"),
            Layouts.array(2, Layouts.array(Limits.HASH_BYTES, U8, "sha256"), "hash"));

    /// Offset of the layout version, `__u32`.
    public static final int VERSION = Layouts.offset(LAYOUT, "layout");
    /// Offset of the epoch, `__u32`.
    public static final int EPOCH = Layouts.offset(LAYOUT, "epoch");
    /// Offset of the oldest epoch still kept, `__u32`.
    public static final int OLDEST = Layouts.offset(LAYOUT, "oldest");
    /// Offset of the flows that each namespace can always have, `__u32`.
    public static final int FLOW_SHARE = Layouts.offset(LAYOUT, "flow_share");
    /// Offset of the flows of all that leave every namespace its share, `__u32`.
    public static final int FLOW_ROOM = Layouts.offset(LAYOUT, "flow_room");
    /// Offset of the pace of events, `__u32` microseconds.
    public static final int EVENT_INTERVAL = Layouts.offset(LAYOUT, "event_interval_us");
    /// Offset of the identity of the programs, `__u64`.
    public static final int PROGRAMS = Layouts.offset(LAYOUT, "programs");
    private static final int CREDITED = Layouts.offset(LAYOUT, "credited_ns");
    /// Offset of the two generation numbers, `__u64` by epoch & 1.
    public static final int GENERATION = Layouts.offset(LAYOUT, "generation");
    /// Offset of the two times of application, `__u64` by epoch & 1.
    public static final int APPLIED = Layouts.offset(LAYOUT, "applied_ns");
    /// Offset of the two hashes, [Limits#HASH_BYTES] each, by epoch & 1.
    public static final int HASH = Layouts.offset(LAYOUT, "hash");

    public static final Codec<State> CODEC = new StructCodec<>(LAYOUT, State::write, State::read);

    /// The generation that judges packets of `epoch`.
    public Generation generation(int epoch) {
        return (epoch & 1) == 0 ? even : odd;
    }

    private void write(MemorySegment target) {
        target.set(U32, VERSION, layout);
        target.set(U32, EPOCH, epoch);
        target.set(U32, OLDEST, oldest);
        target.set(U32, FLOW_SHARE, flowShare);
        target.set(U32, FLOW_ROOM, flowRoom);
        target.set(U32, EVENT_INTERVAL, eventIntervalMicros);
        target.set(U64, PROGRAMS, programs);
        target.set(U64, CREDITED, creditedNanos);
        for (int parity = 0; parity < 2; parity++) {
            Generation generation = generation(parity);
            target.set(U64, GENERATION + parity * Long.BYTES, generation.number);
            target.set(U64, APPLIED + parity * Long.BYTES, generation.appliedNanos);
            byte[] hash = HexFormat.of().parseHex(generation.hash);
            MemorySegment.copy(hash, 0, target, U8, HASH + parity * Limits.HASH_BYTES, hash.length);
        }
    }

    private static State read(MemorySegment source) {
        return new State(
                source.get(U32, VERSION),
                source.get(U32, EPOCH),
                source.get(U32, OLDEST),
                source.get(U32, FLOW_SHARE),
                source.get(U32, FLOW_ROOM),
                source.get(U32, EVENT_INTERVAL),
                source.get(U64, PROGRAMS),
                source.get(U64, CREDITED),
                generation(source, 0),
                generation(source, 1));
    }

    private static Generation generation(MemorySegment source, int parity) {
        byte[] hash = source.asSlice(HASH + parity * Limits.HASH_BYTES, Limits.HASH_BYTES)
                .toArray(U8);
        return new Generation(
                source.get(U64, GENERATION + parity * Long.BYTES),
                source.get(U64, APPLIED + parity * Long.BYTES),
                HexFormat.of().formatHex(hash));
    }
}
