// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.jspecify.annotations.Nullable;

/// Key of `weir_devices`; C side `struct weir_device_key`. An ifindex means a device only within a vantage. Ordered
/// by vantage, then by ifindex.
public record DeviceKey(int ifindex, int vantage) implements Comparable<DeviceKey> {
    /// The vantage that the agent itself is in.
    public static final int HOST = 0;

    private static final StructLayout LAYOUT =
            Layouts.struct("weir_device_key", U32.withName("ifindex"), U32.withName("vantage"));

    private static final int IFINDEX = Layouts.offset(LAYOUT, "ifindex");
    private static final int VANTAGE = Layouts.offset(LAYOUT, "vantage");

    public static final Codec<DeviceKey> CODEC = new StructCodec<>(LAYOUT, DeviceKey::write, DeviceKey::read);

    /// A device of the vantage that the agent is in.
    public static DeviceKey onHost(int ifindex) {
        return new DeviceKey(ifindex, HOST);
    }

    @Override
    public int compareTo(DeviceKey other) {
        int byVantage = Integer.compare(vantage, other.vantage);
        return byVantage != 0 ? byVantage : Integer.compare(ifindex, other.ifindex);
    }

    /// By hand, as [#hashCode]: what a record has by itself takes several times as long where the JIT is the
    /// simple one, and every look at a host asks for thousands.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DeviceKey key && key.ifindex == ifindex && key.vantage == vantage;
    }

    @Override
    public int hashCode() {
        return 31 * vantage + ifindex;
    }

    /// The ifindex; outside the host's vantage with that before it, as in `1/7`.
    @Override
    public String toString() {
        return vantage == HOST ? Integer.toString(ifindex) : vantage + "/" + ifindex;
    }

    private void write(MemorySegment target) {
        target.set(U32, IFINDEX, ifindex);
        target.set(U32, VANTAGE, vantage);
    }

    private static DeviceKey read(MemorySegment source) {
        return new DeviceKey(source.get(U32, IFINDEX), source.get(U32, VANTAGE));
    }
}
