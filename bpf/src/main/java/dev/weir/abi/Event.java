// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U16;
import static dev.weir.abi.Layouts.U32;
import static dev.weir.abi.Layouts.U64;
import static dev.weir.abi.Layouts.U8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// What `weir_events` carries: a packet that was dropped, or the first of a flow that a rule with `log: true` or a
/// policy in audit mode lets pass; C side `struct weir_event`.
///
/// @param atNanos CLOCK_MONOTONIC
/// @param bytes as on the wire
/// @param lost events of the same endpoint that were lost since the one before this, on the same processor
/// @param key as far as the packet was read
/// @param epoch that it was judged in
/// @param packets 1, or the segments of a super-packet
/// @param cell where a rule decided: its counter; else 0
/// @param slot of `weir_endpoints`, 0 to 65,535; 0: no endpoint is known for the device
/// @param direction of the packet
/// @param verdict where a rule decided
/// @param outcome where none did
/// @param tcpFlags the low byte of the flags, 0 to 255
public record Event(
        long atNanos,
        long bytes,
        long lost,
        FlowKey key,
        int epoch,
        int packets,
        int cell,
        int slot,
        Direction direction,
        Verdict verdict,
        Outcome outcome,
        int tcpFlags) {
    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_event",
            U64.withName("at_ns"),
            U64.withName("bytes"),
            U64.withName("lost"),
            FlowKey.CODEC.layout().withName("key"),
            U32.withName("epoch"),
            U32.withName("packets"),
            U32.withName("cell"),
            U16.withName("slot"),
            U8.withName("direction"),
            U8.withName("verdict"),
            U8.withName("outcome"),
            U8.withName("tcp_flags"),
            Layouts.array(2, U8, "pad"));

    private static final int AT = Layouts.offset(LAYOUT, "at_ns");
    private static final int BYTES = Layouts.offset(LAYOUT, "bytes");
    private static final int LOST = Layouts.offset(LAYOUT, "lost");
    private static final int KEY = Layouts.offset(LAYOUT, "key");
    private static final int EPOCH = Layouts.offset(LAYOUT, "epoch");
    private static final int PACKETS = Layouts.offset(LAYOUT, "packets");
    private static final int CELL = Layouts.offset(LAYOUT, "cell");
    private static final int SLOT = Layouts.offset(LAYOUT, "slot");
    private static final int DIRECTION = Layouts.offset(LAYOUT, "direction");
    private static final int VERDICT = Layouts.offset(LAYOUT, "verdict");
    private static final int OUTCOME = Layouts.offset(LAYOUT, "outcome");
    private static final int TCP_FLAGS = Layouts.offset(LAYOUT, "tcp_flags");

    public static final Codec<Event> CODEC = new StructCodec<>(LAYOUT, Event::write, Event::read);

    public Event {
        Layouts.checkUnsigned("slot", slot, 16);
        Layouts.checkUnsigned("tcpFlags", tcpFlags, 8);
    }

    private void write(MemorySegment target) {
        target.set(U64, AT, atNanos);
        target.set(U64, BYTES, bytes);
        target.set(U64, LOST, lost);
        FlowKey.CODEC.encode(key, target.asSlice(KEY));
        target.set(U32, EPOCH, epoch);
        target.set(U32, PACKETS, packets);
        target.set(U32, CELL, cell);
        target.set(U16, SLOT, (short) slot);
        target.set(U8, DIRECTION, (byte) direction.number());
        target.set(U8, VERDICT, (byte) verdict.number());
        target.set(U8, OUTCOME, (byte) outcome.number());
        target.set(U8, TCP_FLAGS, (byte) tcpFlags);
    }

    private static Event read(MemorySegment source) {
        return new Event(
                source.get(U64, AT),
                source.get(U64, BYTES),
                source.get(U64, LOST),
                FlowKey.CODEC.decode(source.asSlice(KEY)),
                source.get(U32, EPOCH),
                source.get(U32, PACKETS),
                source.get(U32, CELL),
                Short.toUnsignedInt(source.get(U16, SLOT)),
                Direction.of(source.get(U8, DIRECTION)),
                Verdict.of(source.get(U8, VERDICT)),
                Outcome.of(source.get(U8, OUTCOME)),
                Byte.toUnsignedInt(source.get(U8, TCP_FLAGS)));
    }
}
