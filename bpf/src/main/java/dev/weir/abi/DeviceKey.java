// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Key of `weir_devices`; C side `struct weir_device_key`. An ifindex means a device only within a vantage.
public record DeviceKey(int ifindex, int vantage) {
    private static final StructLayout LAYOUT =
            Layouts.struct("weir_device_key", U32.withName("ifindex"), U32.withName("vantage"));

    private static final int IFINDEX = Layouts.offset(LAYOUT, "ifindex");
    private static final int VANTAGE = Layouts.offset(LAYOUT, "vantage");

    public static final Codec<DeviceKey> CODEC = new StructCodec<>(LAYOUT, DeviceKey::write, DeviceKey::read);

    private void write(MemorySegment target) {
        target.set(U32, IFINDEX, ifindex);
        target.set(U32, VANTAGE, vantage);
    }

    private static DeviceKey read(MemorySegment source) {
        return new DeviceKey(source.get(U32, IFINDEX), source.get(U32, VANTAGE));
    }
}
