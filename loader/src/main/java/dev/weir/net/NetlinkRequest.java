// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A message to the kernel, built in the order it is sent: header, fixed part, attributes.
final class NetlinkRequest {
    private static final int MAX_BYTES = 64; // the longest here has 40
    private static final int LENGTH = 0;
    private static final int SEQUENCE = 8;

    private final ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES).order(ByteOrder.nativeOrder());

    /// A request whose fixed part is `fixedBytes` zeros.
    NetlinkRequest(int type, int flags, int fixedBytes) {
        bytes.putInt(0).putShort((short) type).putShort((short) (Netlink.NLM_F_REQUEST | flags));
        bytes.position(Netlink.NLMSG_HEADER_BYTES + Netlink.aligned(fixedBytes));
    }

    /// Adds an attribute of 32 bits.
    NetlinkRequest with(int attribute, int value) {
        bytes.putShort((short) (Netlink.NLA_HEADER_BYTES + Integer.BYTES))
                .putShort((short) attribute)
                .putInt(value);
        return this;
    }

    /// The message as it is sent.
    byte[] toBytes(int sequence) {
        bytes.putInt(LENGTH, bytes.position()).putInt(SEQUENCE, sequence);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
