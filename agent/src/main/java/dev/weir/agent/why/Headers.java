// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.why;

import dev.weir.abi.IpAddress;
import java.util.Arrays;
import java.util.Optional;

/// What the headers of an Ethernet frame say, as far as its bytes go. Unlike the programs' parser it judges nothing: it
/// finds addresses for people, lengths to correct, and how many bytes a judgement needs.
///
/// @param needs bytes of the frame up to the end of the last header that a judgement looks at
/// @param type ethertype behind VLAN tags; -1: the frame ends before it
/// @param ip offset of the IP header; 0: none
/// @param transport offset of what it carries; 0: unknown
/// @param protocol of that; -1: unknown
/// @param ports whether source and destination port are known
/// @param icmp `type << 8 | code`; -1: no ICMP, or unknown
record Headers(
        int needs,
        int type,
        int ip,
        int transport,
        int protocol,
        Optional<IpAddress> source,
        Optional<IpAddress> destination,
        boolean ports,
        int sourcePort,
        int destinationPort,
        int icmp) {
    static final int ETHERNET = 14;
    static final int IPV4 = 0x0800;
    static final int IPV6 = 0x86dd;
    static final int ARP = 0x0806;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int SCTP = 132;
    static final int ICMP = 1;
    static final int ICMPV6 = 58;

    private static final int VLAN = 0x8100;
    private static final int SERVICE_VLAN = 0x88a8;
    private static final int MAX_TAGS = 2;
    private static final int MAX_EXTENSIONS = 8;
    private static final int IPV6_BYTES = 40;
    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;

    static Headers read(byte[] frame) {
        return new Reader(frame).read();
    }

    boolean isV6() {
        return source.isPresent() && !source.get().isV4();
    }

    /// Goes from header to header; `needs` grows before bytes are looked at, so that what is missing is known.
    private static final class Reader {
        private final byte[] frame;
        private int needs;
        private int type = -1;
        private int ip;
        private int transport;
        private int protocol = -1;
        private Optional<IpAddress> source = Optional.empty();
        private Optional<IpAddress> destination = Optional.empty();
        private boolean ports;
        private int sourcePort;
        private int destinationPort;
        private int icmp = -1;

        Reader(byte[] frame) {
            this.frame = frame;
        }

        Headers read() {
            link();
            return new Headers(
                    needs,
                    type,
                    ip,
                    transport,
                    protocol,
                    source,
                    destination,
                    ports,
                    sourcePort,
                    destinationPort,
                    icmp);
        }

        private void link() {
            if (lacks(ETHERNET)) {
                return;
            }
            type = u16(ETHERNET - 2);
            int at = ETHERNET;
            for (int tag = 0; tag < MAX_TAGS && (type == VLAN || type == SERVICE_VLAN); tag++) {
                if (lacks(at + 4)) {
                    return;
                }
                type = u16(at + 2);
                at += 4;
            }
            if (type == IPV4) {
                v4(at);
            } else if (type == IPV6) {
                v6(at);
            }
        }

        private void v4(int at) {
            if (lacks(at + 20)) {
                return;
            }
            int header = (frame[at] & 0xf) * 4;
            if ((frame[at] & 0xf0) != 0x40 || header < 20) {
                return;
            }
            ip = at;
            source = Optional.of(IpAddress.ofV4(u16(at + 12) << 16 | u16(at + 14)));
            destination = Optional.of(IpAddress.ofV4(u16(at + 16) << 16 | u16(at + 18)));
            protocol = u8(at + 9);
            if (!lacks(at + header)) {
                carried(at + header, (u16(at + 6) & 0x1fff) != 0);
            }
        }

        private void v6(int at) {
            if (lacks(at + IPV6_BYTES) || (frame[at] & 0xf0) != 0x60) {
                return;
            }
            ip = at;
            source = Optional.of(IpAddress.ofBytes(Arrays.copyOfRange(frame, at + 8, at + 24)));
            destination = Optional.of(IpAddress.ofBytes(Arrays.copyOfRange(frame, at + 24, at + 40)));
            protocol = u8(at + 6);
            int next = at + IPV6_BYTES;
            boolean later = false;
            for (int i = 0; i < MAX_EXTENSIONS && isExtension(protocol) && !later; i++) {
                if (lacks(next + 8)) {
                    return;
                }
                int bytes = switch (protocol) {
                    case FRAGMENT -> 8;
                    case AUTHENTICATION -> (u8(next + 1) + 2) * 4;
                    default -> (u8(next + 1) + 1) * 8;
                };
                later = protocol == FRAGMENT && (u16(next + 2) & 0xfff8) != 0;
                protocol = u8(next);
                next += bytes;
            }
            if (!isExtension(protocol) || later) {
                carried(next, later);
            }
        }

        /// @param later whether it is a later fragment, which has no header of its own
        private void carried(int at, boolean later) {
            transport = at;
            if (later || lacks(at + size(protocol))) {
                return;
            }
            switch (protocol) {
                case TCP, UDP, SCTP -> {
                    ports = true;
                    sourcePort = u16(at);
                    destinationPort = u16(at + 2);
                }
                case ICMP, ICMPV6 -> {
                    icmp = u16(at);
                    if (isError(protocol, icmp >> 8)) {
                        lacks(at + 8 + (protocol == ICMP ? 20 : IPV6_BYTES) + 8); // what it quotes
                    }
                }
                default -> {}
            }
        }

        private boolean lacks(int bytes) {
            needs = Math.max(needs, bytes);
            return frame.length < bytes;
        }

        private int u8(int at) {
            return frame[at] & 0xff;
        }

        private int u16(int at) {
            return u8(at) << 8 | u8(at + 1);
        }

        private static boolean isExtension(int protocol) {
            return switch (protocol) {
                case 0, 43, FRAGMENT, AUTHENTICATION, 60 -> true;
                default -> false;
            };
        }

        private static boolean isError(int protocol, int type) {
            return protocol == ICMP ? type == 3 || type == 4 || type == 11 || type == 12 : type >= 1 && type <= 4;
        }

        private static int size(int protocol) {
            return switch (protocol) {
                case TCP -> 20;
                case UDP, ICMP, ICMPV6 -> 8;
                case SCTP -> 12;
                default -> 0;
            };
        }
    }
}
