// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.why;

import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/// Makes frames that a test run takes. Checksums stay 0: the programs do not look at them.
public final class Frames {
    /// What a test run takes at most, and some room: the kernel puts the frame, 64 bytes or more before it and its
    /// shared info behind it into one page (`net/bpf/test_run.c`).
    public static final int MAX_BYTES = 3_072;

    private static final byte[] MACS = HexFormat.of().parseHex("020000000001020000000002");
    private static final int HOPS = 64;
    private static final int SYN = 0x02;

    private Frames() {}

    /// The packet that opens a flow.
    ///
    /// @param service the port of the side that does not open, or for ICMP `type << 8 | code`
    /// @param own the port of the side that opens; for an ICMP echo its identifier
    public static byte[] opening(IpAddress source, IpAddress destination, int protocol, int service, int own) {
        ByteBuffer payload = ByteBuffer.allocate(20);
        switch (protocol) {
            case Headers.TCP ->
                payload.putShort((short) own)
                        .putShort((short) service)
                        .putLong(0)
                        .put((byte) 0x50)
                        .put((byte) SYN)
                        .putShort((short) 0xffff);
            case Headers.UDP ->
                payload.putShort((short) own).putShort((short) service).putShort((short) 20);
            case Headers.SCTP -> payload.putShort((short) own).putShort((short) service);
            case Headers.ICMP, Headers.ICMPV6 ->
                payload.putShort((short) service).putShort((short) 0).putShort((short) own);
            default -> {}
        }
        ByteBuffer frame = ByteBuffer.allocate(Headers.ETHERNET + (source.isV4() ? 20 : 40) + payload.capacity());
        frame.put(MACS);
        if (source.isV4()) {
            frame.putShort((short) Headers.IPV4).putShort((short) 0x4500).putShort((short) (20 + payload.capacity()));
            frame.putInt(0).put((byte) HOPS).put((byte) protocol).putShort((short) 0);
            frame.putInt(source.v4()).putInt(destination.v4());
        } else {
            frame.putShort((short) Headers.IPV6).putInt(0x6000_0000).putShort((short) payload.capacity());
            frame.put((byte) protocol).put((byte) HOPS).put(source.toBytes()).put(destination.toBytes());
        }
        return frame.put(payload.array()).array();
    }

    /// The frame with the MAC that the endpoint may send from in the place of one that was made up here; one that came
    /// with a capture stays. Of an endpoint that is not guarded, or may send nothing, the frame stays as it is.
    ///
    /// @param guardMac as in [Endpoint#guardMac()]
    public static byte[] sentFrom(long guardMac, byte[] frame) {
        boolean madeUp = frame.length >= Headers.ETHERNET && Arrays.equals(frame, 0, MACS.length, MACS, 0, MACS.length);
        if (!madeUp || guardMac == 0 || guardMac == Limits.NO_MAC) {
            return frame;
        }
        byte[] sent = frame.clone();
        for (int i = 0; i < MACS.length / 2; i++) {
            sent[MACS.length / 2 + i] = (byte) (guardMac >>> (Byte.SIZE * i));
        }
        return sent;
    }

    /// What a test run of a frame with this beginning needs at least: a byte behind the Ethernet header, and
    /// the whole fixed header of IP if that follows at once (`net/bpf/test_run.c`).
    static int least(byte[] frame) {
        int type = frame.length < Headers.ETHERNET ? 0 : ByteBuffer.wrap(frame).getShort(12) & 0xffff;
        return Headers.ETHERNET
                + switch (type) {
                    case Headers.IPV4 -> 20;
                    case Headers.IPV6 -> 40;
                    default -> 1;
                };
    }

    /// A packet without a link header, behind one.
    static byte[] ethernet(byte[] packet) {
        int version = packet.length == 0 ? 0 : packet[0] >> 4 & 0xf;
        return ByteBuffer.allocate(Headers.ETHERNET + packet.length)
                .put(MACS)
                .putShort((short) (version == 6 ? Headers.IPV6 : Headers.IPV4))
                .put(packet)
                .array();
    }

    /// The frame in a length that a test run takes: zeros for what a capture cut off, and where it is too long, less of
    /// its end, with the lengths in its headers less by as much. What a length lied before, it still lies.
    ///
    /// @param captured the beginning of the frame, with all its headers
    /// @param original bytes that it had on the wire
    static byte[] fitted(byte[] captured, int original, Headers headers) {
        byte[] frame = Arrays.copyOf(captured, Math.min(original, MAX_BYTES));
        if (original <= MAX_BYTES || headers.ip() == 0) {
            return frame;
        }
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        int fixed = headers.isV6() ? 40 : 0; // what the length does not count
        int at = headers.ip() + (headers.isV6() ? 4 : 2);
        int said = bytes.getShort(at) & 0xffff;
        int room = original - headers.ip() - fixed;
        int left = frame.length - headers.ip() - fixed;
        if (said == 0 && room > 0xffff) {
            said = room; // a super-packet that cannot say its length
        }
        if (said <= room && said > left) {
            bytes.putShort(at, (short) left);
        }
        int udp = headers.transport() + 4;
        if (headers.protocol() == Headers.UDP && headers.ports()) {
            int before = said + fixed - (headers.transport() - headers.ip());
            int after = Math.min(said, left) + fixed - (headers.transport() - headers.ip());
            int length = bytes.getShort(udp) & 0xffff;
            if (length <= before && length > after) {
                bytes.putShort(udp, (short) after);
            }
        }
        return frame;
    }
}
