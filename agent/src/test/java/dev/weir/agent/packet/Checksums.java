// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.agent.packet.Packet.ETHERNET;
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.u16;

import java.util.Arrays;

/// Internet checksums (RFC 1071), for frames that a real host is to take.
public final class Checksums {
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int TCP_AT = 16;
    private static final int UDP_AT = 6;
    private static final int ICMP_AT = 2;

    private Checksums() {}

    /// A copy of a frame that [Packet] built, with all its checksums. Of a fragment only the header is
    /// summed, for the rest is of the whole datagram; IPv4 options and IPv6 extension headers are not known
    /// here.
    public static byte[] fill(byte[] frame) {
        boolean v4 = frame[12] == 0x08;
        byte[] ethernet = Arrays.copyOf(frame, ETHERNET);
        byte[] header = Arrays.copyOfRange(frame, ETHERNET, ETHERNET + (v4 ? IPV4_BYTES : IPV6_BYTES));
        byte[] payload = Arrays.copyOfRange(frame, ETHERNET + header.length, frame.length);
        if (!v4) {
            byte[] addresses = Arrays.copyOfRange(header, 8, 40);
            return join(ethernet, header, transport(payload, header[6], addresses));
        }
        boolean whole = (header[6] & 0x3f) == 0 && header[7] == 0;
        byte[] addresses = Arrays.copyOfRange(header, 12, 20);
        return join(ethernet, of(header, 10, new byte[0]), whole ? transport(payload, header[9], addresses) : payload);
    }

    private static byte[] transport(byte[] payload, int protocol, byte[] addresses) {
        // RFC 9293 section 3.1, RFC 768 and RFC 8200 section 8.1: what is summed beside the payload
        byte[] pseudo = join(addresses, u16(payload.length), u16(protocol));
        return switch (protocol) {
            case 1 -> of(payload, ICMP_AT, new byte[0]);
            case 6 -> of(payload, TCP_AT, pseudo);
            case 17 -> of(payload, UDP_AT, pseudo);
            case 58 -> of(payload, ICMP_AT, pseudo);
            default -> payload;
        };
    }

    /// A copy with the checksum of itself and what is summed with it.
    ///
    /// @param at where the checksum stands, which holds 0 until now
    static byte[] of(byte[] bytes, int at, byte[] with) {
        byte[] padded = Arrays.copyOf(bytes, (bytes.length + 1) & ~1);
        int sum = 0;
        for (byte[] part : new byte[][] {with, padded}) {
            for (int i = 0; i < part.length; i += 2) {
                sum += (part[i] & 0xff) << 8 | (part[i + 1] & 0xff);
            }
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return Packet.with16(bytes, at, ~sum);
    }
}
