// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.u16;
import static dev.weir.agent.packet.Packet.u32;

import dev.weir.abi.IpAddress;
import java.util.Arrays;
import java.util.HexFormat;

/// The frames that refused packets are to be answered with, byte by byte, with their checksums.
final class Reply {
    /// Those of [Packet], the other way round.
    private static final byte[] MACS = HexFormat.of().parseHex("020000000002020000000001");

    private static final int RST = 0x04;
    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final int ICMPV6 = 58;

    private Reply() {}

    /// RST as RFC 9293 section 3.10.7.1 wants it.
    ///
    /// @param flags beside RST
    static byte[] rst(
            String source, int port, String destination, int otherPort, int sequence, int acknowledged, int flags) {
        byte[] segment = join(
                u16(port),
                u16(otherPort),
                u32(sequence),
                u32(acknowledged),
                new byte[] {0x50, (byte) (RST | flags)},
                new byte[6]);
        return frame(
                source, destination, TCP, Checksums.of(segment, 16, pseudo(source, destination, TCP, segment.length)));
    }

    /// Port unreachable, of the family of the addresses.
    ///
    /// @param refused the packet from its network header on, of which as much is quoted as is here
    static byte[] unreachable(String source, String destination, byte[] refused) {
        if (IpAddress.parse(source).isV4()) {
            return frame(source, destination, ICMP, Checksums.of(message(3, 3, refused), 2, new byte[0]));
        }
        byte[] message = message(1, 4, refused);
        return frame(
                source,
                destination,
                ICMPV6,
                Checksums.of(message, 2, pseudo(source, destination, ICMPV6, message.length)));
    }

    private static byte[] message(int type, int code, byte[] refused) {
        return join(new byte[] {(byte) type, (byte) code}, new byte[6], refused);
    }

    /// RFC 9293 section 3.1 and RFC 8200 section 8.1: what is summed beside the segment.
    private static byte[] pseudo(String source, String destination, int protocol, int length) {
        return join(address(source), address(destination), u16(length), u16(protocol));
    }

    private static byte[] frame(String source, String destination, int protocol, byte[] payload) {
        if (IpAddress.parse(source).isV4()) {
            byte[] header = join(
                    new byte[] {0x45, 0},
                    u16(20 + payload.length),
                    u16(0),
                    u16(0x4000), // do not fragment
                    new byte[] {64, (byte) protocol, 0, 0},
                    address(source),
                    address(destination));
            return join(MACS, u16(0x0800), Checksums.of(header, 10, new byte[0]), payload);
        }
        return join(
                MACS,
                u16(0x86dd),
                new byte[] {0x60, 0, 0, 0},
                u16(payload.length),
                new byte[] {(byte) protocol, 64},
                address(source),
                address(destination),
                payload);
    }

    private static byte[] address(String text) {
        IpAddress address = IpAddress.parse(text);
        return address.isV4() ? Arrays.copyOfRange(address.toBytes(), 12, 16) : address.toBytes();
    }
}
