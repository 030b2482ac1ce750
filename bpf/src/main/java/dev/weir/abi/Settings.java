// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;
import static dev.weir.abi.Layouts.U64;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.security.SecureRandom;

/// Load-time constants of a program, the only content of its `.rodata`; C side `struct weir_settings`.
///
/// @param vantage number of the network namespace that the program's devices live in
/// @param otherL2 verdict on ethertypes that are neither IP nor ARP
/// @param secret by which the programs know their own answers to refused packets; not 0, and nobody can guess it
public record Settings(int vantage, Verdict otherL2, long secret) {
    private static final StructLayout LAYOUT =
            Layouts.struct("weir_settings", U32.withName("vantage"), U32.withName("other_l2"), U64.withName("secret"));

    private static final int VANTAGE = Layouts.offset(LAYOUT, "vantage");
    private static final int OTHER_L2 = Layouts.offset(LAYOUT, "other_l2");
    private static final int SECRET = Layouts.offset(LAYOUT, "secret");

    public static final Codec<Settings> CODEC = new StructCodec<>(LAYOUT, Settings::write, Settings::read);

    public Settings {
        if (secret == 0) {
            throw new IllegalArgumentException("secret is 0, which any packet may carry");
        }
    }

    /// Settings with a new secret.
    public static Settings of(int vantage, Verdict otherL2) {
        return new Settings(vantage, otherL2, new SecureRandom().nextLong() | 1);
    }

    /// The same, for programs on devices of another vantage.
    public Settings in(int other) {
        return new Settings(other, otherL2, secret);
    }

    /// The secret stays one.
    @Override
    public String toString() {
        return "Settings[vantage=" + vantage + ", otherL2=" + otherL2 + "]";
    }

    private void write(MemorySegment target) {
        target.set(U32, VANTAGE, vantage);
        target.set(U32, OTHER_L2, otherL2.number());
        target.set(U64, SECRET, secret);
    }

    private static Settings read(MemorySegment source) {
        return new Settings(source.get(U32, VANTAGE), Verdict.of(source.get(U32, OTHER_L2)), source.get(U64, SECRET));
    }
}
