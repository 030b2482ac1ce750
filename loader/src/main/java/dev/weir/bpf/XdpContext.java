// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What a test run of an XDP program pretends about a packet beside its bytes: the fields of `struct xdp_md` that
/// `net/bpf/test_run.c` takes over.
///
/// @param ifindex of the device the packet came in on, in the network namespace of the calling thread; 0 for `lo`
/// @param linear how many bytes the program may read directly, the rest being fragments of a program that knows them
///     (`xdp.frags`); [#ALL] for as many as the kernel lays out in one piece
public record XdpContext(int ifindex, int linear) {
    public static final int ALL = Integer.MAX_VALUE;

    private static final int BYTES = 24;
    private static final int DATA_END = 4;
    private static final int INGRESS_IFINDEX = 12;

    /// A packet in one piece.
    public static XdpContext on(int ifindex) {
        return new XdpContext(ifindex, ALL);
    }

    /// Offsets are those of `struct xdp_md` in `linux/bpf.h`.
    byte[] bytes(int length) {
        return ByteBuffer.allocate(BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(DATA_END, Math.min(linear, length))
                .putInt(INGRESS_IFINDEX, ifindex)
                .array();
    }
}
