// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.why;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Writes captures for tests.
public final class PcapFile {
    static final int MICROSECONDS = 0xa1b2c3d4;
    static final int NANOSECONDS = 0xa1b23c4d;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteOrder order;
    private int packets;

    /// Little-endian, microseconds, Ethernet.
    public PcapFile() {
        this(ByteOrder.LITTLE_ENDIAN, MICROSECONDS, 1);
    }

    PcapFile(ByteOrder order, int magic, int linkType) {
        this.order = order;
        out.writeBytes(ByteBuffer.allocate(24)
                .order(order)
                .putInt(magic)
                .putShort((short) 2)
                .putShort((short) 4)
                .putInt(0)
                .putInt(0)
                .putInt(262_144)
                .putInt(linkType)
                .array());
    }

    /// A whole packet, a second after the one before.
    public PcapFile add(byte[] packet) {
        return cut(packet, packet.length);
    }

    /// The first bytes of a packet.
    public PcapFile cut(byte[] packet, int length) {
        out.writeBytes(record(length, packet.length));
        out.writeBytes(Arrays.copyOf(packet, length));
        return this;
    }

    /// The header of a record, whatever follows.
    byte[] record(int captured, int original) {
        return ByteBuffer.allocate(16)
                .order(order)
                .putInt(1_700_000_000 + packets++)
                .putInt(5)
                .putInt(captured)
                .putInt(original)
                .array();
    }

    public byte[] bytes() {
        return out.toByteArray();
    }
}
