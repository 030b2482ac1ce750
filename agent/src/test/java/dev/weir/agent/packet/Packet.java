// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import dev.weir.abi.IpAddress;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;

/// Builds frames byte by byte, so that a test can also build wrong ones. Checksums are left 0: the programs do not
/// look, and [Checksums] fills them for hosts, which do.
public final class Packet {
    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;
    public static final int URG = 0x20;

    /// Where things stand in a frame without tags, options and extension headers.
    public static final int ETHERNET = 14;
    public static final int IPV4_LENGTH = 16;
    public static final int IPV6_LENGTH = 18;
    public static final int IPV6_HOP_LIMIT = 21;

    /// The MAC that every frame has as its source.
    static final byte[] SENDER = HexFormat.of().parseHex("020000000002");

    private static final byte[] RECEIVER = HexFormat.of().parseHex("020000000001");

    private Packet() {}

    /// An Ethernet frame: fixed addresses, the type, the rest.
    public static byte[] ethernet(int type, byte[] payload) {
        return join(RECEIVER, SENDER, u16(type), payload);
    }

    /// An 802.1Q tag in front of what a frame of `type` carries; give the result to [#ethernet] with type 0x8100.
    public static byte[] tag(int vlan, int type, byte[] payload) {
        return join(u16(vlan), u16(type), payload);
    }

    /// The packet of either family, in its frame.
    public static byte[] ip(String source, String destination, int protocol, byte[] payload) {
        IpAddress from = IpAddress.parse(source);
        return from.isV4()
                ? ethernet(0x0800, ipv4(source, destination, protocol, 0, payload))
                : ethernet(0x86dd, ipv6(source, destination, protocol, payload));
    }

    /// An IPv4 packet without options.
    ///
    /// @param fragment flags and offset: 0x2000 more follow, low 13 bits the offset in units of 8 bytes
    public static byte[] ipv4(String source, String destination, int protocol, int fragment, byte[] payload) {
        return join(
                new byte[] {0x45, 0},
                u16(20 + payload.length),
                u16(0x1234),
                u16(fragment),
                new byte[] {64, (byte) protocol, 0, 0},
                v4(source),
                v4(destination),
                payload);
    }

    /// An IPv4 packet with options, a multiple of 4 bytes.
    public static byte[] ipv4Options(String source, String destination, int protocol, byte[] options, byte[] payload) {
        return join(
                new byte[] {(byte) (0x45 + options.length / 4), 0},
                u16(20 + options.length + payload.length),
                u16(0x1234),
                u16(0),
                new byte[] {64, (byte) protocol, 0, 0},
                v4(source),
                v4(destination),
                options,
                payload);
    }

    /// An IPv6 packet; `next` is the type of what `payload` begins with.
    public static byte[] ipv6(String source, String destination, int next, byte[] payload) {
        return join(
                new byte[] {0x60, 0, 0, 0},
                u16(payload.length),
                new byte[] {(byte) next, (byte) 255}, // what neighbour discovery must have
                IpAddress.parse(source).toBytes(),
                IpAddress.parse(destination).toBytes(),
                payload);
    }

    /// A TCP segment without options or data.
    public static byte[] tcp(int source, int destination, int flags) {
        return tcp(source, destination, 0, 0, flags, new byte[0]);
    }

    /// A TCP segment with the numbers of RFC 9293 and options, a multiple of 4 bytes.
    public static byte[] tcp(int source, int destination, int sequence, int acknowledged, int flags, byte[] options) {
        return join(
                u16(source),
                u16(destination),
                u32(sequence),
                u32(acknowledged),
                new byte[] {(byte) (0x50 + options.length * 4), (byte) flags},
                u16(65_535),
                new byte[4],
                options);
    }

    /// A UDP datagram.
    public static byte[] udp(int source, int destination, byte[] data) {
        return join(u16(source), u16(destination), u16(8 + data.length), u16(0), data);
    }

    /// ICMP or ICMPv6; for an echo the identifier is what tells pings apart.
    public static byte[] icmp(int type, int code, int identifier, byte[] data) {
        return join(new byte[] {(byte) type, (byte) code, 0, 0}, u16(identifier), u16(1), data);
    }

    public static byte[] tcpPacket(String source, int sourcePort, String destination, int destinationPort, int flags) {
        return ip(source, destination, 6, tcp(sourcePort, destinationPort, flags));
    }

    public static byte[] udpPacket(String source, int sourcePort, String destination, int destinationPort) {
        return ip(source, destination, 17, udp(sourcePort, destinationPort, new byte[18]));
    }

    /// An echo request, or with `reply` its answer, of the family of the addresses.
    public static byte[] ping(String source, String destination, int identifier, boolean reply) {
        boolean v4 = IpAddress.parse(source).isV4();
        int type = v4 ? (reply ? 0 : 8) : (reply ? 129 : 128);
        return ip(source, destination, v4 ? 1 : 58, icmp(type, 0, identifier, new byte[8]));
    }

    /// A neighbour discovery message as RFC 4861 wants it, about the address `::`.
    public static byte[] discovery(String source, String destination, int type) {
        return discovery(source, destination, type, 0, type == 133 ? new byte[0] : new byte[16]);
    }

    /// A neighbour discovery message with hop limit 255.
    ///
    /// @param flags the first 4 bytes behind the checksum
    /// @param rest the address it is about and options, as far as there are
    public static byte[] discovery(String source, String destination, int type, int flags, byte[] rest) {
        return ip(source, destination, 58, join(new byte[] {(byte) type, 0, 0, 0}, u32(flags), rest));
    }

    /// An option of neighbour discovery that is 8 bytes long.
    public static byte[] option(int type, byte[] value) {
        return join(new byte[] {(byte) type, 1}, value);
    }

    /// What finds out the MAC of an IPv4 neighbour (RFC 826), or with `operation` 2 the answer, sent by [#SENDER].
    public static byte[] arp(int operation, String sender, String target) {
        return ethernet(0x0806, arp(operation, SENDER, sender, target));
    }

    /// What is in the frame, as who has the MAC `mac` may say it.
    public static byte[] arp(int operation, byte[] mac, String sender, String target) {
        return join(u16(1), u16(0x0800), new byte[] {6, 4}, u16(operation), mac, v4(sender), new byte[6], v4(target));
    }

    /// An IPv6 extension header of 8 bytes (RFC 8200 section 4) before `rest`.
    public static byte[] extension(int next, byte[] rest) {
        return join(new byte[] {(byte) next, 0, 1, 4, 0, 0, 0, 0}, rest); // PadN of 4 bytes
    }

    /// An IPv6 fragment header.
    ///
    /// @param offset in bytes, a multiple of 8
    public static byte[] fragment(int next, int offset, boolean more, int id, byte[] rest) {
        return join(new byte[] {(byte) next, 0}, u16(offset | (more ? 1 : 0)), u16(id >>> 16), u16(id), rest);
    }

    /// A copy that another MAC has sent.
    public static byte[] sentBy(byte[] mac, byte[] frame) {
        byte[] copy = frame.clone();
        System.arraycopy(mac, 0, copy, 6, mac.length);
        return copy;
    }

    /// A MAC as the maps have it: its first byte lowest.
    public static long mac(byte[] mac) {
        long word = 0;
        for (int i = mac.length - 1; i >= 0; i--) {
            word = word << 8 | (mac[i] & 0xff);
        }
        return word;
    }

    /// The bytes of an IPv6 address.
    public static byte[] v6(String address) {
        return IpAddress.parse(address).toBytes();
    }

    /// A copy with one byte set.
    public static byte[] with(byte[] frame, int at, int value) {
        byte[] copy = frame.clone();
        copy[at] = (byte) value;
        return copy;
    }

    /// A copy with two bytes set, in network order.
    public static byte[] with16(byte[] frame, int at, int value) {
        return with(with(frame, at, value >> 8), at + 1, value);
    }

    /// What an ICMP error quotes: the frame without its Ethernet header.
    public static byte[] quote(byte[] frame) {
        return Arrays.copyOfRange(frame, ETHERNET, frame.length);
    }

    /// The first `length` bytes.
    public static byte[] cut(byte[] frame, int length) {
        return Arrays.copyOf(frame, length);
    }

    public static byte[] u16(int value) {
        return new byte[] {(byte) (value >> 8), (byte) value};
    }

    public static byte[] u32(int value) {
        return join(u16(value >>> 16), u16(value));
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] v4(String address) {
        byte[] mapped = IpAddress.parse(address).toBytes();
        return Arrays.copyOfRange(mapped, 12, 16);
    }
}
