// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U64;
import static dev.weir.abi.Layouts.U8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Value of `weir_vantages`: which network namespace a vantage is; C side `struct weir_vantage`. Only agents read
/// and write it; it lets an agent that starts give the namespace the number that it had.
///
/// @param cookie of the namespace (`SO_NETNS_COOKIE`), which no other ever has; 0: the number is free
/// @param name of the namespace, at most 63 bytes
public record Vantage(long cookie, String name) {
    /// A number that stands for no namespace.
    public static final Vantage NONE = new Vantage(0, "");

    private static final StructLayout LAYOUT =
            Layouts.struct("weir_vantage", U64.withName("cookie"), Layouts.array(Limits.NAME_BYTES, U8, "name"));

    private static final int COOKIE = Layouts.offset(LAYOUT, "cookie");
    private static final int NAME = Layouts.offset(LAYOUT, "name");

    public static final Codec<Vantage> CODEC = new StructCodec<>(LAYOUT, Vantage::write, Vantage::read);

    public Vantage {
        Layouts.checkName("vantage", name, Limits.NAME_BYTES);
    }

    private void write(MemorySegment target) {
        target.set(U64, COOKIE, cookie);
        Layouts.name(target, NAME, name);
    }

    private static Vantage read(MemorySegment source) {
        return new Vantage(source.get(U64, COOKIE), Layouts.name(source, NAME, Limits.NAME_BYTES));
    }
}
