// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;
import static dev.weir.abi.Layouts.U8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// What `weir_why_in` and `weir_why_eg` answer: what the packet path would do with a packet; C side
/// `struct weir_answer`.
///
/// @param epoch that the packet was judged in
/// @param slot of `weir_endpoints`; 0: no endpoint is known for the device
/// @param cell where a rule decided: its counter
/// @param decided whether a rule or default did; else `outcome` says what
/// @param verdict where a rule decided
/// @param outcome where none did
/// @param protocol that was judged: behind extension headers, or of the flow that an ICMP error quotes
/// @param quotes whether it was judged as a packet of that flow
public record Answer(
        int epoch,
        int slot,
        int cell,
        boolean decided,
        Verdict verdict,
        Outcome outcome,
        Basis basis,
        int protocol,
        boolean quotes) {
    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_answer",
            U32.withName("epoch"),
            U32.withName("slot"),
            U32.withName("cell"),
            U8.withName("decided"),
            U8.withName("verdict"),
            U8.withName("outcome"),
            U8.withName("basis"),
            U8.withName("protocol"),
            U8.withName("quotes"),
            Layouts.array(2, U8, "pad"));

    private static final int EPOCH = Layouts.offset(LAYOUT, "epoch");
    private static final int SLOT = Layouts.offset(LAYOUT, "slot");
    private static final int CELL = Layouts.offset(LAYOUT, "cell");
    private static final int DECIDED = Layouts.offset(LAYOUT, "decided");
    private static final int VERDICT = Layouts.offset(LAYOUT, "verdict");
    private static final int OUTCOME = Layouts.offset(LAYOUT, "outcome");
    private static final int BASIS = Layouts.offset(LAYOUT, "basis");
    private static final int PROTOCOL = Layouts.offset(LAYOUT, "protocol");
    private static final int QUOTES = Layouts.offset(LAYOUT, "quotes");

    public static final Codec<Answer> CODEC = new StructCodec<>(LAYOUT, Answer::write, Answer::read);

    public Answer {
        Layouts.checkUnsigned("protocol", protocol, 8);
    }

    private void write(MemorySegment target) {
        target.set(U32, EPOCH, epoch);
        target.set(U32, SLOT, slot);
        target.set(U32, CELL, cell);
        target.set(U8, DECIDED, (byte) (decided ? 1 : 0));
        target.set(U8, VERDICT, (byte) verdict.number());
        target.set(U8, OUTCOME, (byte) outcome.number());
        target.set(U8, BASIS, (byte) basis.number());
        target.set(U8, PROTOCOL, (byte) protocol);
        target.set(U8, QUOTES, (byte) (quotes ? 1 : 0));
    }

    private static Answer read(MemorySegment source) {
        return new Answer(
                source.get(U32, EPOCH),
                source.get(U32, SLOT),
                source.get(U32, CELL),
                source.get(U8, DECIDED) != 0,
                Verdict.of(source.get(U8, VERDICT)),
                Outcome.of(source.get(U8, OUTCOME)),
                Basis.of(source.get(U8, BASIS)),
                Byte.toUnsignedInt(source.get(U8, PROTOCOL)),
                source.get(U8, QUOTES) != 0);
    }
}
