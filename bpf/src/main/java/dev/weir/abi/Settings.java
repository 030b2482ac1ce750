// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Load-time constants of a program, the only content of its `.rodata`; C side `struct weir_settings`.
///
/// @param vantage number of the network namespace that the program's devices live in
/// @param otherL2 verdict on ethertypes that are neither IP nor ARP
public record Settings(int vantage, Verdict otherL2) {
    private static final StructLayout LAYOUT =
            Layouts.struct("weir_settings", U32.withName("vantage"), U32.withName("other_l2"));

    private static final int VANTAGE = Layouts.offset(LAYOUT, "vantage");
    private static final int OTHER_L2 = Layouts.offset(LAYOUT, "other_l2");

    public static final Codec<Settings> CODEC = new StructCodec<>(LAYOUT, Settings::write, Settings::read);

    private void write(MemorySegment target) {
        target.set(U32, VANTAGE, vantage);
        target.set(U32, OTHER_L2, otherL2.number());
    }

    private static Settings read(MemorySegment source) {
        return new Settings(source.get(U32, VANTAGE), Verdict.of(source.get(U32, OTHER_L2)));
    }
}
