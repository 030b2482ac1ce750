// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Key of `weir_addresses`, whose value is a namespace number from 1; C side `struct weir_address_key`.
///
/// @param segment ifindex of the bridge, or of the device, behind which it is; or [Limits#ANYWHERE]
public record AddressKey(IpAddress address, int vantage, int segment) {
    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_address_key", Layouts.address("address"), U32.withName("vantage"), U32.withName("segment"));

    private static final int ADDRESS = Layouts.offset(LAYOUT, "address");
    private static final int VANTAGE = Layouts.offset(LAYOUT, "vantage");
    private static final int SEGMENT = Layouts.offset(LAYOUT, "segment");

    public static final Codec<AddressKey> CODEC = new StructCodec<>(LAYOUT, AddressKey::write, AddressKey::read);

    private void write(MemorySegment target) {
        Layouts.address(target, ADDRESS, address);
        target.set(U32, VANTAGE, vantage);
        target.set(U32, SEGMENT, segment);
    }

    private static AddressKey read(MemorySegment source) {
        return new AddressKey(Layouts.address(source, ADDRESS), source.get(U32, VANTAGE), source.get(U32, SEGMENT));
    }
}
