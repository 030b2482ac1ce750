// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The messages of one datagram, one after the other. Lengths are believed only as far as the datagram goes.
///
/// ```
/// while (messages.next()) { … messages.type() … messages.payload() … }
/// ```
final class NetlinkMessages {
    private static final String READ = "read a netlink message";
    private static final int TYPE = 4;
    private static final int FLAGS = 6;
    private static final int SEQUENCE = 8;

    private final ByteBuffer datagram;
    private int start;
    private int end;
    private int next;

    /// @param length how many bytes of `datagram` were received
    NetlinkMessages(byte[] datagram, int length) {
        this.datagram = ByteBuffer.wrap(datagram, 0, length).order(ByteOrder.nativeOrder());
    }

    /// Goes on to the next message.
    ///
    /// @return false at the end
    /// @throws NetException if what follows is not a whole message
    boolean next() {
        int left = datagram.limit() - next;
        if (left == 0) {
            return false;
        }
        if (left < Netlink.NLMSG_HEADER_BYTES) {
            throw NetException.unusable(READ, left + " bytes are left, and a header has 16");
        }
        int length = datagram.getInt(next);
        if (length < Netlink.NLMSG_HEADER_BYTES || length > left) {
            throw NetException.unusable(
                    READ, "it claims " + Integer.toUnsignedString(length) + " bytes where " + left + " are left");
        }
        start = next;
        end = start + length;
        next = Math.min(Netlink.aligned(end), datagram.limit());
        return true;
    }

    int type() {
        return Short.toUnsignedInt(datagram.getShort(start + TYPE));
    }

    int flags() {
        return Short.toUnsignedInt(datagram.getShort(start + FLAGS));
    }

    int sequence() {
        return datagram.getInt(start + SEQUENCE);
    }

    /// What follows the header, and nothing behind it.
    ByteBuffer payload() {
        int from = start + Netlink.NLMSG_HEADER_BYTES;
        return datagram.slice(from, end - from).order(ByteOrder.nativeOrder());
    }

    /// The errno that NLMSG_ERROR and NLMSG_DONE begin with, made positive; 0: success.
    ///
    /// @throws NetException if there is none, or if it is no errno
    int error() {
        ByteBuffer payload = payload();
        if (payload.remaining() < Integer.BYTES) {
            throw NetException.unusable(READ, "it ends before its error number");
        }
        int error = payload.getInt(0);
        if (error > 0 || error == Integer.MIN_VALUE) {
            throw NetException.unusable(READ, "its error number is " + error + ", and negative ones are expected");
        }
        return -error;
    }
}
