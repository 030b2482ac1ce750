// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.BE16;
import static dev.weir.abi.Layouts.U16;
import static dev.weir.abi.Layouts.U32;
import static dev.weir.abi.Layouts.U8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Key of `weir_flows`; C side `struct weir_flow_key`. Inside is the endpoint's side, so both directions of a
/// conversation are one flow, and the device is part of the key, so tenants with equal addresses never meet.
///
/// @param insidePort host order; ICMP echo: its identifier; other ICMP: type << 8 | code; 0 where there are no ports
/// @param outsidePort host order; ICMP echo: 1 + [Direction#number()] of its opener; other ICMP: 0
/// @param ifindex of the device, in its vantage
/// @param vantage number of the network namespace in which the device lives, 0 to 65,535
/// @param protocol number of the IP protocol
public record FlowKey(
        IpAddress inside, IpAddress outside, int insidePort, int outsidePort, int ifindex, int vantage, int protocol) {
    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_flow_key",
            Layouts.address("inside"),
            Layouts.address("outside"),
            BE16.withName("inside_port"),
            BE16.withName("outside_port"),
            U32.withName("ifindex"),
            U16.withName("vantage"),
            U8.withName("protocol"),
            U8.withName("pad"));

    static final int INSIDE = Layouts.offset(LAYOUT, "inside");
    static final int OUTSIDE = Layouts.offset(LAYOUT, "outside");
    static final int INSIDE_PORT = Layouts.offset(LAYOUT, "inside_port");
    static final int OUTSIDE_PORT = Layouts.offset(LAYOUT, "outside_port");
    private static final int IFINDEX = Layouts.offset(LAYOUT, "ifindex");
    private static final int VANTAGE = Layouts.offset(LAYOUT, "vantage");
    static final int PROTOCOL = Layouts.offset(LAYOUT, "protocol");

    public static final Codec<FlowKey> CODEC = new StructCodec<>(LAYOUT, FlowKey::write, FlowKey::read);

    public FlowKey {
        Layouts.checkUnsigned("insidePort", insidePort, 16);
        Layouts.checkUnsigned("outsidePort", outsidePort, 16);
        Layouts.checkUnsigned("vantage", vantage, 16);
        Layouts.checkUnsigned("protocol", protocol, 8);
    }

    private void write(MemorySegment target) {
        Layouts.address(target, INSIDE, inside);
        Layouts.address(target, OUTSIDE, outside);
        target.set(BE16, INSIDE_PORT, (short) insidePort);
        target.set(BE16, OUTSIDE_PORT, (short) outsidePort);
        target.set(U32, IFINDEX, ifindex);
        target.set(U16, VANTAGE, (short) vantage);
        target.set(U8, PROTOCOL, (byte) protocol);
    }

    private static FlowKey read(MemorySegment source) {
        return new FlowKey(
                Layouts.address(source, INSIDE),
                Layouts.address(source, OUTSIDE),
                Short.toUnsignedInt(source.get(BE16, INSIDE_PORT)),
                Short.toUnsignedInt(source.get(BE16, OUTSIDE_PORT)),
                source.get(U32, IFINDEX),
                Short.toUnsignedInt(source.get(U16, VANTAGE)),
                Byte.toUnsignedInt(source.get(U8, PROTOCOL)));
    }
}
