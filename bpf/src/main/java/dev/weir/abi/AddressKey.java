// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Key of `weir_addresses`, whose value is a namespace number from 1; C side `struct weir_address_key`.
public record AddressKey(IpAddress address, int vantage) {
    private static final StructLayout LAYOUT =
            Layouts.struct("weir_address_key", Layouts.address("address"), U32.withName("vantage"));

    private static final int ADDRESS = Layouts.offset(LAYOUT, "address");
    private static final int VANTAGE = Layouts.offset(LAYOUT, "vantage");

    public static final Codec<AddressKey> CODEC = new StructCodec<>(LAYOUT, AddressKey::write, AddressKey::read);

    private void write(MemorySegment target) {
        Layouts.address(target, ADDRESS, address);
        target.set(U32, VANTAGE, vantage);
    }

    private static AddressKey read(MemorySegment source) {
        return new AddressKey(Layouts.address(source, ADDRESS), source.get(U32, VANTAGE));
    }
}
