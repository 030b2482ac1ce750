// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The attributes of one message, or those nested in another attribute, one after the other. Each value is believed
/// only as far as what encloses it goes.
final class NetlinkAttributes {
    private static final String READ = "read a netlink attribute";

    private final ByteBuffer enclosing;
    private int start;
    private int end;
    private int next;

    /// The attributes that follow the first `fixedBytes` of `message`.
    ///
    /// @throws NetException if the message is shorter than that
    NetlinkAttributes(ByteBuffer message, int fixedBytes) {
        if (message.limit() < fixedBytes) {
            throw NetException.unusable(
                    "read a netlink message", "its fixed part has " + message.limit() + " of " + fixedBytes + " bytes");
        }
        this.enclosing = message;
        this.next = Math.min(Netlink.aligned(fixedBytes), message.limit());
    }

    /// Goes on to the next attribute.
    ///
    /// @return false at the end
    /// @throws NetException if what follows is not a whole attribute
    boolean next() {
        int left = enclosing.limit() - next;
        if (left == 0) {
            return false;
        }
        if (left < Netlink.NLA_HEADER_BYTES) {
            throw NetException.unusable(READ, left + " bytes are left, and a header has 4");
        }
        int length = Short.toUnsignedInt(enclosing.getShort(next));
        if (length < Netlink.NLA_HEADER_BYTES || length > left) {
            throw NetException.unusable(READ, "it claims " + length + " bytes where " + left + " are left");
        }
        start = next + Netlink.NLA_HEADER_BYTES;
        end = next + length;
        next = Math.min(Netlink.aligned(end), enclosing.limit());
        return true;
    }

    int type() {
        return enclosing.getShort(start - Short.BYTES) & Netlink.NLA_TYPE_MASK;
    }

    /// The value as a 32-bit number.
    int number() {
        return value(Integer.BYTES).getInt(0);
    }

    /// The value as text, up to its first NUL.
    String text() {
        byte[] bytes = bytes();
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    byte[] bytes() {
        byte[] bytes = new byte[end - start];
        enclosing.get(start, bytes);
        return bytes;
    }

    /// The whole value.
    ///
    /// @throws NetException if it is shorter than `atLeast`
    ByteBuffer value(int atLeast) {
        if (end - start < atLeast) {
            throw NetException.unusable(
                    READ, "the value of attribute " + type() + " has " + (end - start) + " of " + atLeast + " bytes");
        }
        return enclosing.slice(start, end - start).order(ByteOrder.nativeOrder());
    }

    NetlinkAttributes nested() {
        return new NetlinkAttributes(value(0), 0);
    }
}
