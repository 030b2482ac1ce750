// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.FIN;
import static dev.weir.agent.packet.Packet.PSH;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.URG;
import static dev.weir.agent.packet.Packet.arp;
import static dev.weir.agent.packet.Packet.cut;
import static dev.weir.agent.packet.Packet.discovery;
import static dev.weir.agent.packet.Packet.ethernet;
import static dev.weir.agent.packet.Packet.extension;
import static dev.weir.agent.packet.Packet.fragment;
import static dev.weir.agent.packet.Packet.icmp;
import static dev.weir.agent.packet.Packet.ip;
import static dev.weir.agent.packet.Packet.ipv4;
import static dev.weir.agent.packet.Packet.ipv4Options;
import static dev.weir.agent.packet.Packet.join;
import static dev.weir.agent.packet.Packet.option;
import static dev.weir.agent.packet.Packet.ping;
import static dev.weir.agent.packet.Packet.quote;
import static dev.weir.agent.packet.Packet.tag;
import static dev.weir.agent.packet.Packet.tcp;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static dev.weir.agent.packet.Packet.u16;
import static dev.weir.agent.packet.Packet.u32;
import static dev.weir.agent.packet.Packet.udp;
import static dev.weir.agent.packet.Packet.udpPacket;
import static dev.weir.agent.packet.Packet.v6;
import static dev.weir.agent.packet.Packet.with;
import static dev.weir.agent.packet.Packet.with16;

import java.util.ArrayList;
import java.util.List;

/// Packets of many kinds from `a` to `b` (IPv4) and `a6` to `b6`: what hosts send every day, and what became known for
/// what it did to those that took it.
final class Shapes {
    private static final int MORE = 0x2000;

    private Shapes() {}

    /// All of them, in both families where there is such a thing.
    static List<byte[]> all(String a, String b, String a6, String b6) {
        List<byte[]> all = new ArrayList<>(plain(a, b, a6, b6));
        all.addAll(neighbours(a, b, a6, b6));
        all.addAll(pieces(a, b, a6, b6));
        all.addAll(attacks(a, b, a6, b6));
        return List.copyOf(all);
    }

    private static byte[] v4(String a, String b, int protocol, int fragment, byte[] payload) {
        return ethernet(0x0800, ipv4(a, b, protocol, fragment, payload));
    }

    private static List<byte[]> plain(String a, String b, String a6, String b6) {
        byte[] datagram = udp(40000, 80, new byte[32]);
        byte[] in4 = udpPacket(a, 40000, b, 80);
        byte[] in6 = udpPacket(a6, 40000, b6, 80);
        byte[] sctpInit = join(u16(40000), u16(80), new byte[8], new byte[] {1, 0}, u16(20), new byte[16]);
        byte[] extended = extension(44, fragment(60, 0, true, 9, extension(17, datagram)));
        byte[] segment = tcp(40000, 80, 7, 9, SYN, new byte[] {2, 4, 5, (byte) 0xb4, 4, 2, 1, 1});
        byte[] question = {0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'a', 0, 0, 1, 0, 1}; // RFC 1035: who is "a"?
        byte[] jumbo = join(new byte[] {17, 0, (byte) 0xc2, 4}, u32(8 + datagram.length), datagram);
        return List.of(
                in4,
                in6,
                ip(a, b, 6, segment),
                ip(a6, b6, 6, segment),
                tcpPacket(b, 80, a, 40000, SYN | ACK),
                tcpPacket(a, 40000, b, 80, ACK | PSH),
                tcpPacket(a6, 40000, b6, 80, FIN | ACK),
                ping(a, b, 7, false),
                ping(a6, b6, 7, true),
                ip(a, b, 132, sctpInit),
                ip(a, b, 17, udp(40000, 53, question)),
                ip(a, b, 17, udp(40000, 4789, join(new byte[8], in6))), // VXLAN
                ip(a, b, 17, udp(51820, 51820, join(new byte[] {1, 0, 0, 0}, new byte[144]))), // WireGuard
                ip(a, b, 47, join(new byte[] {0, 0, 8, 0}, quote(in4))), // GRE
                ip(a, b, 41, quote(in6)), // IPv6 in IPv4
                ip(a, b, 4, quote(in4)), // IPv4 in IPv4
                ip(a, b, 50, new byte[40]), // ESP
                ip(a6, b6, 51, join(new byte[] {17, 4}, new byte[22], datagram)), // AH
                ip(a6, b6, 0, extended),
                with16(ip(a6, b6, 0, jumbo), Packet.IPV6_LENGTH, 0), // RFC 2675
                ethernet(0x0800, ipv4Options(a, b, 17, new byte[] {1, 7, 7, 4, 0, 0, 0, 0}, datagram)),
                ip(a, b, 1, icmp(3, 3, 0, quote(udpPacket(b, 80, a, 40000)))),
                ip(a6, b6, 58, icmp(2, 0, 0, quote(udpPacket(b6, 80, a6, 40000)))),
                ip(a, b, 1, icmp(13, 0, 7, new byte[12])), // time stamp
                udpPacket("0.0.0.0", 68, "255.255.255.255", 67),
                udpPacket("fe80::2", 546, "ff02::1:2", 547));
    }

    private static List<byte[]> neighbours(String a, String b, String a6, String b6) {
        byte[] mac = Packet.SENDER;
        byte[] in6 = udpPacket(a6, 40000, b6, 80);
        byte[] report = icmp(143, 0, 0, join(new byte[] {4, 0, 0, 0}, v6("ff02::fb")));
        return List.of(
                arp(1, a, b),
                arp(2, a, b),
                arp(1, "0.0.0.0", a),
                discovery(a6, "ff02::1:ff00:1", 135, 0, join(v6(b6), option(1, mac))),
                discovery("::", "ff02::1:ff00:1", 135, 0, join(v6(a6), option(14, new byte[6]))),
                discovery(a6, b6, 136, 0x6000_0000, join(v6(a6), option(2, mac))),
                discovery("fe80::2", "ff02::2", 133, 0, option(1, mac)),
                discovery("fe80::2", "ff02::1", 134, 0x4000_0708, new byte[8]),
                discovery("fe80::2", b6, 137, 0, join(v6(b6), v6(a6))),
                ip(a6, "ff02::1:ff00:1", 44, fragment(58, 0, true, 3, icmp(135, 0, 0, new byte[24]))), // RFC 6980
                ip("::", "ff02::16", 0, join(new byte[] {58, 0, 5, 2, 0, 0, 1, 0}, report)),
                ethernet(0x0800, ipv4Options(a, "224.0.0.22", 2, new byte[] {(byte) 0x94, 4, 0, 0}, new byte[16])),
                ethernet(0x88a8, tag(6, 0x8100, tag(5, 0x86dd, quote(in6)))),
                ethernet(0x8100, tag(5, 0x0806, quote(arp(2, a, b)))),
                ethernet(0x88cc, new byte[60]), // LLDP
                ethernet(0x0026, join(new byte[] {0x42, 0x42, 3}, new byte[57])), // spanning tree
                ethernet(0x8864, new byte[60]), // PPPoE
                ethernet(0x8847, join(u32(0x0001_01ff), quote(in6)))); // MPLS
    }

    private static List<byte[]> pieces(String a, String b, String a6, String b6) {
        byte[] datagram = udp(40000, 80, new byte[32]);
        return List.of(
                v4(a, b, 17, MORE, datagram),
                v4(a, b, 17, MORE | 5, new byte[32]),
                v4(a, b, 17, 9, new byte[13]),
                v4(a, b, 2, MORE, new byte[24]), // of IGMP
                ip(a6, b6, 44, fragment(17, 0, true, 5, datagram)),
                ip(a6, b6, 44, fragment(17, 40, false, 5, new byte[32])),
                ip(a6, b6, 44, fragment(17, 0, false, 6, datagram)), // RFC 6946: the first and the last
                ip(a6, b6, 44, fragment(60, 0, true, 7, extension(17, new byte[0]))), // RFC 7112
                ip(a6, b6, 44, fragment(44, 0, true, 8, fragment(17, 0, true, 9, datagram))));
    }

    private static List<byte[]> attacks(String a, String b, String a6, String b6) {
        byte[] syn = tcp(40000, 80, SYN);
        byte[] route = {17, 2, 0, 1, 0, 0, 0, 0}; // RFC 5095: type 0, one address to go
        return List.of(
                ip(b, b, 6, tcp(80, 80, SYN)), // land
                ip(b6, b6, 6, tcp(80, 80, SYN)),
                tcpPacket(a, 40000, b, 80, FIN | PSH | URG), // Christmas tree
                tcpPacket(a, 40000, b, 80, 0),
                tcpPacket(a, 40000, b, 80, SYN | FIN),
                tcpPacket(a, 40000, b, 139, PSH | ACK | URG), // WinNuke
                v4(a, b, 17, MORE, udp(40000, 80, new byte[28])), // teardrop, and its second piece
                v4(a, b, 17, 3, new byte[4]),
                v4(a, b, 6, MORE, cut(syn, 8)), // RFC 1858: a tiny fragment, and one that writes over flags
                v4(a, b, 6, 1, cut(syn, 12)),
                v4(a, b, 6, MORE, join(syn, new byte[4])), // RFC 3128: a second beginning
                v4(a, b, 6, MORE, join(tcp(40000, 23, SYN), new byte[4])),
                v4(a, b, 1, 0x1fff, new byte[64]), // ping of death
                ip(a6, b6, 44, fragment(58, 0xfff8, false, 4, new byte[64])),
                v4(a, b, 1, MORE | 0x1000, new byte[8]), // jolt, rose
                ping(a, "255.255.255.255", 7, false), // smurf
                udpPacket(a, 7, "255.255.255.255", 7), // fraggle
                udpPacket("127.0.0.1", 7, b, 19),
                ip(a6, b6, 43, join(route, new byte[16], udp(40000, 80, new byte[8]))),
                ethernet(0x0800, ipv4Options(a, b, 6, new byte[] {(byte) 137, 7, 4, 10, 0, 0, 1, 0}, syn)),
                ethernet(0x0800, ipv4Options(a, b, 6, new byte[] {7, 40, 4, 0}, syn)), // longer than its header
                with(udpPacket(a, 1, b, 80), Packet.ETHERNET, 0x4f),
                with16(udpPacket(a, 1, b, 80), Packet.IPV4_LENGTH, 0),
                with16(udpPacket(a6, 1, b6, 80), Packet.IPV6_LENGTH, 0xffff));
    }
}
