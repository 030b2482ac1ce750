// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What a test run pretends about a packet beside its bytes: the fields of `struct __sk_buff` that
/// `net/bpf/test_run.c` takes over. Zero leaves a field as it is for a packet that just came in on `lo`.
///
/// @param ifindex of the device the packet is on, in the network namespace of the calling thread
/// @param from ifindex of the device by which it came; 0: the host made it, or it has just come in
/// @param wireLength bytes on the wire, not less than the packet has
/// @param gsoSegments packets that this one stands for
/// @param gsoSize bytes of payload of each
/// @param control the first 8 bytes of the control block, which an earlier program may have left there
public record SkbContext(int ifindex, int from, int wireLength, int gsoSegments, int gsoSize, long control) {
    /// Where `skb->cb` lies in a context.
    static final int CONTROL = 48;

    /// Bytes of `skb->cb`.
    static final int CONTROL_BYTES = 20;

    /// A plain packet on a device.
    public static SkbContext on(int ifindex) {
        return new SkbContext(ifindex, 0, 0, 0, 0, 0);
    }

    /// A packet on a device that came to the host by another.
    public static SkbContext routed(int from, int ifindex) {
        return new SkbContext(ifindex, from, 0, 0, 0, 0);
    }

    /// A super-packet on a device.
    public static SkbContext segmented(int ifindex, int segments, int size) {
        return new SkbContext(ifindex, 0, 0, segments, size, 0);
    }

    /// Offsets are those of `struct __sk_buff` in `linux/bpf.h`.
    byte[] bytes() {
        return ByteBuffer.allocate(192)
                .order(ByteOrder.nativeOrder())
                .putInt(36, from)
                .putInt(40, ifindex)
                .putLong(CONTROL, control)
                .putInt(160, wireLength)
                .putInt(164, gsoSegments)
                .putInt(176, gsoSize)
                .array();
    }
}
