// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Netlink messages written byte by byte, independently of the code that is tested.
final class Messages {
    private Messages() {}

    static byte[] message(int type, int flags, int sequence, byte[]... parts) {
        byte[] payload = join(parts);
        return ByteBuffer.allocate(16 + payload.length)
                .order(ByteOrder.nativeOrder())
                .putInt(16 + payload.length)
                .putShort((short) type)
                .putShort((short) flags)
                .putInt(sequence)
                .putInt(0)
                .put(payload)
                .array();
    }

    static byte[] attribute(int type, byte[]... parts) {
        byte[] value = join(parts);
        return ByteBuffer.allocate((4 + value.length + 3) / 4 * 4)
                .order(ByteOrder.nativeOrder())
                .putShort((short) (4 + value.length))
                .putShort((short) type)
                .put(value)
                .array();
    }

    static byte[] number(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
    }

    static byte[] numbers(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(8 * values.length).order(ByteOrder.nativeOrder());
        for (long value : values) {
            bytes.putLong(value);
        }
        return bytes.array();
    }

    static byte[] text(String text) {
        return (text + '\0').getBytes(StandardCharsets.UTF_8);
    }

    static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    /// An Ethernet veth `veth7` with ifindex 7, up, whose other end is 9 in namespace 3, in the bridge 5, with the
    /// XDP program 42.
    static byte[] veth(int flags, int sequence) {
        return message(
                16,
                flags,
                sequence,
                ByteBuffer.allocate(16)
                        .order(ByteOrder.nativeOrder())
                        .putShort(2, (short) 1)
                        .putInt(4, 7)
                        .putInt(8, 0x1003)
                        .array(),
                attribute(3, text("veth7")),
                attribute(1, bytes(0x02, 0, 0x5e, 0xff, 0, 1)),
                attribute(5, number(9)),
                attribute(37, number(3)),
                attribute(10, number(5)),
                attribute(18 | 0x8000, attribute(1, text("veth"))),
                attribute(43 | 0x8000, attribute(2, bytes(1)), attribute(4, number(42)), attribute(5, number(42))),
                attribute(23, numbers(1, 2, 3, 4, 100, 101, 5, 6, 102)));
    }

    static byte[] address(int family, int prefixLength, byte[]... attributes) {
        return message(
                20,
                2,
                1,
                ByteBuffer.allocate(8)
                        .order(ByteOrder.nativeOrder())
                        .put((byte) family)
                        .put((byte) prefixLength)
                        .put(3, (byte) 253)
                        .putInt(4, 7)
                        .array(),
                join(attributes));
    }

    /// A route of this RTN_ type.
    static byte[] route(int type, byte[]... attributes) {
        return message(
                24,
                0,
                1,
                ByteBuffer.allocate(12).put(0, (byte) 2).put(7, (byte) type).array(),
                join(attributes));
    }

    static byte[] done(int flags, int sequence, int error) {
        return message(3, flags, sequence, number(error));
    }

    static byte[] error(int sequence, int error) {
        return message(2, 0, sequence, number(error), new byte[16]);
    }
}
