// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;
import static dev.weir.abi.Layouts.U64;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Value of `weir_accounts`, an array by namespace number that only the kernel changes, but for the last: what a
/// namespace has taken of what all share. C side `struct weir_account`.
///
/// @param flows entries of `weir_flows` now
/// @param egressDueNanos CLOCK_MONOTONIC, paces new flows that leave
/// @param ingressDueNanos CLOCK_MONOTONIC, paces new flows that enter
/// @param eventDueNanos CLOCK_MONOTONIC, paces events
/// @param otherEgressBytes that rules let pass and no peer is credited with
/// @param otherIngressBytes likewise
/// @param given whether somebody has the number, which the agent says
public record Account(
        long flows,
        long egressDueNanos,
        long ingressDueNanos,
        long eventDueNanos,
        long otherEgressBytes,
        long otherIngressBytes,
        boolean given) {
    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_account",
            U64.withName("flows"),
            Layouts.array(2, U64, "opening_due_ns"),
            U64.withName("event_due_ns"),
            Layouts.array(2, U64, "other_bytes"),
            U32.withName("given"),
            Layouts.array(3, U32, "pad"));

    private static final int FLOWS = Layouts.offset(LAYOUT, "flows");
    private static final int DUE = Layouts.offset(LAYOUT, "opening_due_ns");
    private static final int EVENT_DUE = Layouts.offset(LAYOUT, "event_due_ns");
    private static final int OTHER = Layouts.offset(LAYOUT, "other_bytes");
    /// Offset of whether somebody has the number, `__u32`.
    public static final int GIVEN = Layouts.offset(LAYOUT, "given");

    public static final Codec<Account> CODEC = new StructCodec<>(LAYOUT, Account::write, Account::read);

    private void write(MemorySegment target) {
        target.set(U64, FLOWS, flows);
        target.set(U64, DUE, egressDueNanos);
        target.set(U64, DUE + Long.BYTES, ingressDueNanos);
        target.set(U64, EVENT_DUE, eventDueNanos);
        target.set(U64, OTHER, otherEgressBytes);
        target.set(U64, OTHER + Long.BYTES, otherIngressBytes);
        target.set(U32, GIVEN, given ? 1 : 0);
    }

    private static Account read(MemorySegment source) {
        return new Account(
                source.get(U64, FLOWS),
                source.get(U64, DUE),
                source.get(U64, DUE + Long.BYTES),
                source.get(U64, EVENT_DUE),
                source.get(U64, OTHER),
                source.get(U64, OTHER + Long.BYTES),
                source.get(U32, GIVEN) != 0);
    }
}
