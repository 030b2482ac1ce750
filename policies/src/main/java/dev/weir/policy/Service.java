// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

/// What a rule lets through or stops: a protocol, or every one, and a range of ports of the side that did not
/// open the flow. ICMP has `type << 8 | code` in the place of a port, and a protocol with neither has 0. Only
/// the protocol number counts, not the IP version that carries it.
///
/// @param protocol an IP protocol number, or [#ANY_PROTOCOL]
/// @param first the lowest port, 0..65535
/// @param last the highest port, inclusive
public record Service(int protocol, int first, int last) {
    public static final int ANY_PROTOCOL = -1;
    public static final int MAX_PROTOCOL = 255;
    public static final int MAX_PORT = 0xffff;

    public static final int ICMP = 1;
    public static final int TCP = 6;
    public static final int UDP = 17;
    public static final int ICMPV6 = 58;
    public static final int SCTP = 132;

    /// Every protocol.
    public static final Service ANY = new Service(ANY_PROTOCOL, 0, MAX_PORT);

    /// @throws IllegalArgumentException if a number is out of range, or the range of ports is one that the language
    /// cannot
    ///     say for this protocol: only TCP, UDP and SCTP have ports, and ICMP has a type or a type with a code
    public Service {
        if (protocol < ANY_PROTOCOL || protocol > MAX_PROTOCOL || first < 0 || last > MAX_PORT || first > last) {
            throw new IllegalArgumentException("no service has protocol " + protocol + ", ports " + first + "-" + last);
        }
        boolean whole = first == 0 && last == MAX_PORT;
        boolean typed = isIcmp(protocol) && (first == last || ((first & 0xff) == 0 && last == (first | 0xff)));
        if (!whole && !typed && !hasPorts(protocol)) {
            throw new IllegalArgumentException("protocol " + protocol + " has no ports " + first + "-" + last);
        }
    }

    /// Every packet of one protocol.
    public static Service ofProtocol(int protocol) {
        return new Service(protocol, 0, MAX_PORT);
    }

    public static Service ofIcmpType(int protocol, int type) {
        return new Service(protocol, type << 8, (type << 8) | 0xff);
    }

    public static Service ofIcmpCode(int protocol, int type, int code) {
        return new Service(protocol, (type << 8) | code, (type << 8) | code);
    }

    public static boolean hasPorts(int protocol) {
        return protocol == TCP || protocol == UDP || protocol == SCTP;
    }

    public static boolean isIcmp(int protocol) {
        return protocol == ICMP || protocol == ICMPV6;
    }

    public boolean matches(int ofProtocol, int port) {
        return (protocol == ANY_PROTOCOL || protocol == ofProtocol) && first <= port && port <= last;
    }

    /// As written in policies, with numbers for names: `any`, `tcp/80-90`, `icmp/3/4`, `proto/47`.
    @Override
    public String toString() {
        String name = switch (protocol) {
            case ANY_PROTOCOL -> "any";
            case ICMP -> "icmp";
            case TCP -> "tcp";
            case UDP -> "udp";
            case ICMPV6 -> "icmpv6";
            case SCTP -> "sctp";
            default -> "proto/" + protocol;
        };
        if (first == 0 && last == MAX_PORT) {
            return name;
        }
        if (isIcmp(protocol)) {
            return name + "/" + (first >>> 8) + (first == last ? "/" + (first & 0xff) : "");
        }
        return name + "/" + first + (first == last ? "" : "-" + last);
    }
}
