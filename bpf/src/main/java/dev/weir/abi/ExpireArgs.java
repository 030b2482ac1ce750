// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static dev.weir.abi.Layouts.U32;
import static dev.weir.abi.Layouts.U64;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// Argument and result of the syscall program `weir_expire`; C side `struct weir_expire_args`.
///
/// @param limits idle limits; not looked at when a device is given
/// @param device [#NO_DEVICE] expires idle flows; else every flow of this device goes and no other
/// @param toldJiffies flows idle for at least so long have been exported as they are; the others are put into the ring
///     `weir_ended` before they go; 0: nobody exports any
/// @param visited out: flows looked at
/// @param marked out: flows found idle, which the next run deletes
/// @param deleted out: flows deleted
/// @param untold out: flows deleted that were to be put into the ring and found it full
/// @param nowJiffies out: what [Flow#seen()] is measured in
/// @param nowNanos out: CLOCK_MONOTONIC at the same moment
public record ExpireArgs(
        Idle limits,
        DeviceKey device,
        int toldJiffies,
        int visited,
        int marked,
        int deleted,
        int untold,
        long nowJiffies,
        long nowNanos) {
    public static final DeviceKey NO_DEVICE = new DeviceKey(0, 0);

    /// For how many jiffies a flow may be idle, 0 to 2^31 - 1.
    ///
    /// @param opening TCP whose handshake is not over
    /// @param closing TCP after a FIN
    /// @param closed TCP after both FINs or a RST
    public record Idle(int tcp, int udp, int icmp, int other, int opening, int closing, int closed) {
        static final Idle NONE = new Idle(0, 0, 0, 0, 0, 0, 0);

        public Idle {
            Layouts.checkUnsigned("tcp", tcp, 31);
            Layouts.checkUnsigned("udp", udp, 31);
            Layouts.checkUnsigned("icmp", icmp, 31);
            Layouts.checkUnsigned("other", other, 31);
            Layouts.checkUnsigned("opening", opening, 31);
            Layouts.checkUnsigned("closing", closing, 31);
            Layouts.checkUnsigned("closed", closed, 31);
        }
    }

    private static final StructLayout LAYOUT = Layouts.struct(
            "weir_expire_args",
            U32.withName("tcp_jiffies"),
            U32.withName("udp_jiffies"),
            U32.withName("icmp_jiffies"),
            U32.withName("other_jiffies"),
            U32.withName("opening_jiffies"),
            U32.withName("closing_jiffies"),
            U32.withName("closed_jiffies"),
            U32.withName("ifindex"),
            U32.withName("vantage"),
            U32.withName("told_jiffies"),
            U32.withName("visited"),
            U32.withName("marked"),
            U32.withName("deleted"),
            U32.withName("untold"),
            U64.withName("now_jiffies"),
            U64.withName("now_ns"));

    private static final int TCP = Layouts.offset(LAYOUT, "tcp_jiffies");
    private static final int UDP = Layouts.offset(LAYOUT, "udp_jiffies");
    private static final int ICMP = Layouts.offset(LAYOUT, "icmp_jiffies");
    private static final int OTHER = Layouts.offset(LAYOUT, "other_jiffies");
    private static final int OPENING = Layouts.offset(LAYOUT, "opening_jiffies");
    private static final int CLOSING = Layouts.offset(LAYOUT, "closing_jiffies");
    private static final int CLOSED = Layouts.offset(LAYOUT, "closed_jiffies");
    private static final int IFINDEX = Layouts.offset(LAYOUT, "ifindex");
    private static final int VANTAGE = Layouts.offset(LAYOUT, "vantage");
    private static final int TOLD = Layouts.offset(LAYOUT, "told_jiffies");
    private static final int VISITED = Layouts.offset(LAYOUT, "visited");
    private static final int MARKED = Layouts.offset(LAYOUT, "marked");
    private static final int DELETED = Layouts.offset(LAYOUT, "deleted");
    private static final int UNTOLD = Layouts.offset(LAYOUT, "untold");
    private static final int NOW_JIFFIES = Layouts.offset(LAYOUT, "now_jiffies");
    private static final int NOW_NANOS = Layouts.offset(LAYOUT, "now_ns");

    public static final Codec<ExpireArgs> CODEC = new StructCodec<>(LAYOUT, ExpireArgs::write, ExpireArgs::read);

    /// Asks for every flow that has been idle for longer than its limit to go.
    public static ExpireArgs idle(Idle limits) {
        return new ExpireArgs(limits, NO_DEVICE, 0, 0, 0, 0, 0, 0, 0);
    }

    /// Asks for every flow of one device to go.
    ///
    /// @throws IllegalArgumentException when `device` is [#NO_DEVICE]
    public static ExpireArgs device(DeviceKey device) {
        if (device.ifindex() == 0) {
            throw new IllegalArgumentException("ifindex 0 is no device");
        }
        return new ExpireArgs(Idle.NONE, device, 0, 0, 0, 0, 0, 0, 0);
    }

    /// The same for somebody who exports flows.
    public ExpireArgs told(int jiffies) {
        return new ExpireArgs(limits, device, jiffies, visited, marked, deleted, untold, nowJiffies, nowNanos);
    }

    private void write(MemorySegment target) {
        target.set(U32, TCP, limits.tcp);
        target.set(U32, UDP, limits.udp);
        target.set(U32, ICMP, limits.icmp);
        target.set(U32, OTHER, limits.other);
        target.set(U32, OPENING, limits.opening);
        target.set(U32, CLOSING, limits.closing);
        target.set(U32, CLOSED, limits.closed);
        target.set(U32, IFINDEX, device.ifindex());
        target.set(U32, VANTAGE, device.vantage());
        target.set(U32, TOLD, toldJiffies);
        target.set(U32, VISITED, visited);
        target.set(U32, MARKED, marked);
        target.set(U32, DELETED, deleted);
        target.set(U32, UNTOLD, untold);
        target.set(U64, NOW_JIFFIES, nowJiffies);
        target.set(U64, NOW_NANOS, nowNanos);
    }

    private static ExpireArgs read(MemorySegment source) {
        return new ExpireArgs(
                new Idle(
                        source.get(U32, TCP),
                        source.get(U32, UDP),
                        source.get(U32, ICMP),
                        source.get(U32, OTHER),
                        source.get(U32, OPENING),
                        source.get(U32, CLOSING),
                        source.get(U32, CLOSED)),
                new DeviceKey(source.get(U32, IFINDEX), source.get(U32, VANTAGE)),
                source.get(U32, TOLD),
                source.get(U32, VISITED),
                source.get(U32, MARKED),
                source.get(U32, DELETED),
                source.get(U32, UNTOLD),
                source.get(U64, NOW_JIFFIES),
                source.get(U64, NOW_NANOS));
    }
}
