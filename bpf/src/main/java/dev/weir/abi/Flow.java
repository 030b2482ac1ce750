// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U16;
import static dev.weir.abi.Layouts.U32;
import static dev.weir.abi.Layouts.U64;
import static dev.weir.abi.Layouts.U8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Value of `weir_flows`; C side `struct weir_flow`. The packet path writes it, the agent only reads.
///
/// @param judgement epoch << 32 | foreign << 31 | guessed << 30 | on_change << 28 | verdict << 24 | cell, in one word;
///     read it through [#epoch()], [#onChange()], [#verdict()], [#cell()]
/// @param egressBytes as on the wire, with link header
/// @param ingressBytes as on the wire, with link header
/// @param openedNanos CLOCK_MONOTONIC
/// @param seen low 32 bits of the kernel's jiffies at the last packet, without the lowest two; [ExpireArgs]
///     returns the
///     present ones
/// @param slot of `weir_endpoints`, 0 to 65,535
/// @param opener direction of the packet that opened the flow, or is taken to have where it was met in mid-stream
/// @param handshakeMicros TCP: from SYN to the acknowledgement of its answer; 0: not seen
/// @param peer who held the outside address when it was judged: a number, or [Limits#WORLD]; 0 and `WEIR_LEFT`: not
/// known
/// @param egressCredited of the bytes, what peers got or do not get (`bpf/include/weir/peers.h`)
/// @param ingressCredited likewise
public record Flow(
        long judgement,
        long egressPackets,
        long ingressPackets,
        long egressBytes,
        long ingressBytes,
        long openedNanos,
        int seen,
        int slot,
        Direction opener,
        FlowState state,
        int handshakeMicros,
        int peer,
        long egressCredited,
        long ingressCredited) {
    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_flow",
            U64.withName("judgement"),
            Layouts.array(2, U64, "packets"),
            Layouts.array(2, U64, "bytes"),
            U64.withName("opened_ns"),
            U32.withName("seen"),
            U16.withName("slot"),
            U8.withName("opener"),
            U8.withName("state"),
            U16.withName("peer"),
            U16.withName("from"),
            U32.withName("handshake_us"),
            Layouts.array(2, U64, "credited"));

    static final int JUDGEMENT = Layouts.offset(LAYOUT, "judgement");
    static final int PACKETS = Layouts.offset(LAYOUT, "packets");
    static final int BYTES = Layouts.offset(LAYOUT, "bytes");
    static final int OPENED = Layouts.offset(LAYOUT, "opened_ns");
    static final int SEEN = Layouts.offset(LAYOUT, "seen");
    static final int LIFE_BITS = 3;
    static final int STATE_BITS = 7;
    static final int SLOT = Layouts.offset(LAYOUT, "slot");
    static final int OPENER = Layouts.offset(LAYOUT, "opener");
    static final int STATE = Layouts.offset(LAYOUT, "state");
    static final int HANDSHAKE = Layouts.offset(LAYOUT, "handshake_us");
    private static final int PEER = Layouts.offset(LAYOUT, "peer");
    private static final int CREDITED = Layouts.offset(LAYOUT, "credited");

    public static final Codec<Flow> CODEC = new StructCodec<>(LAYOUT, Flow::write, Flow::read);

    public Flow {
        Layouts.checkUnsigned("slot", slot, 16);
        Layouts.checkUnsigned("peer", peer, 16);
    }

    /// The word that holds a judgement.
    ///
    /// @param cell 0 to 2^24 - 1
    public static long judgement(int epoch, OnChange onChange, Verdict verdict, int cell) {
        Layouts.checkUnsigned("cell", cell, 24);
        return (long) epoch << 32 | (long) onChange.number() << 28 | (long) verdict.number() << 24 | cell;
    }

    /// The epoch in which the flow was judged last.
    public int epoch() {
        return (int) (judgement >>> 32);
    }

    public Verdict verdict() {
        return verdict(judgement);
    }

    static Verdict verdict(long judgement) {
        return Verdict.of((int) (judgement >>> 24) & 0xf);
    }

    /// What its policy says about it when policies change.
    public OnChange onChange() {
        return OnChange.of((int) (judgement >>> 28) & 0x3);
    }

    /// Index in `weir_cells` of the rule that decided.
    public int cell() {
        return cell(judgement);
    }

    static int cell(long judgement) {
        return (int) judgement & 0xff_ffff;
    }

    /// Verdict and cell in one.
    static int alike(long judgement) {
        return (int) judgement & 0xfff_ffff;
    }

    private void write(MemorySegment target) {
        target.set(U64, JUDGEMENT, judgement);
        target.set(U64, PACKETS, egressPackets);
        target.set(U64, PACKETS + Long.BYTES, ingressPackets);
        target.set(U64, BYTES, egressBytes);
        target.set(U64, BYTES + Long.BYTES, ingressBytes);
        target.set(U64, OPENED, openedNanos);
        target.set(U32, SEEN, seen);
        target.set(U16, SLOT, (short) slot);
        target.set(U8, OPENER, (byte) opener.number());
        target.set(U8, STATE, (byte) state.number());
        target.set(U32, HANDSHAKE, handshakeMicros);
        target.set(U16, PEER, (short) peer);
        target.set(U64, CREDITED, egressCredited);
        target.set(U64, CREDITED + Long.BYTES, ingressCredited);
    }

    private static Flow read(MemorySegment source) {
        return new Flow(
                source.get(U64, JUDGEMENT),
                source.get(U64, PACKETS),
                source.get(U64, PACKETS + Long.BYTES),
                source.get(U64, BYTES),
                source.get(U64, BYTES + Long.BYTES),
                source.get(U64, OPENED),
                source.get(U32, SEEN) & ~LIFE_BITS,
                Short.toUnsignedInt(source.get(U16, SLOT)),
                Direction.of(source.get(U8, OPENER)),
                FlowState.of(source.get(U8, STATE) & STATE_BITS),
                source.get(U32, HANDSHAKE),
                Short.toUnsignedInt(source.get(U16, PEER)),
                source.get(U64, CREDITED),
                source.get(U64, CREDITED + Long.BYTES));
    }
}
