// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A message to the kernel, built in the order it is sent: header, fixed part, attributes.
final class NetlinkRequest {
    private static final int MAX_BYTES = 64; // the longest here has 48
    private static final int LENGTH = 0;
    private static final int SEQUENCE = 8;

    private final ByteBuffer bytes = ByteBuffer.allocate(MAX_BYTES).order(ByteOrder.nativeOrder());

    /// A request whose fixed part is `fixedBytes` zeros.
    NetlinkRequest(int type, int flags, int fixedBytes) {
        bytes.putInt(0).putShort((short) type).putShort((short) (Netlink.NLM_F_REQUEST | flags));
        bytes.position(Netlink.NLMSG_HEADER_BYTES + Netlink.aligned(fixedBytes));
    }

    /// Stores a byte into the fixed part.
    NetlinkRequest fixed(int offset, byte value) {
        bytes.put(Netlink.NLMSG_HEADER_BYTES + offset, value);
        return this;
    }

    /// Stores 32 bits into the fixed part.
    NetlinkRequest fixed(int offset, int value) {
        bytes.putInt(Netlink.NLMSG_HEADER_BYTES + offset, value);
        return this;
    }

    /// Adds an attribute of 32 bits.
    NetlinkRequest with(int attribute, int value) {
        header(attribute, Integer.BYTES);
        bytes.putInt(value);
        return this;
    }

    /// Adds an attribute of whole 32-bit words, as they are.
    NetlinkRequest with(int attribute, byte[] value) {
        header(attribute, value.length);
        bytes.put(value);
        return this;
    }

    private void header(int attribute, int valueBytes) {
        bytes.putShort((short) (Netlink.NLA_HEADER_BYTES + valueBytes)).putShort((short) attribute);
    }

    /// The message as it is sent.
    byte[] toBytes(int sequence) {
        bytes.putInt(LENGTH, bytes.position()).putInt(SEQUENCE, sequence);
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
