// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.policy.Service;
import dev.weir.yaml.Words;
import java.util.Map;

/// What one packet asks for, as policies write it: `tcp/443`, `tcp/https`, `icmp/echo-request`, `icmp/3/4`, `proto/47`.
///
/// @param protocol IP protocol number
/// @param port of the side that does not open; ICMP: `type << 8 | code`; a protocol with neither: 0
public record ExactService(int protocol, int port) {
    /// Reads a service that a single packet can ask for. An ICMP type without a code has code 0.
    ///
    /// @throws IllegalArgumentException if `text` is no service, or more than one; the message says what to write
    public static ExactService parse(String text) {
        Service service;
        try {
            service = ServiceReader.read(text);
        } catch (BadValue e) {
            throw new IllegalArgumentException(e.problem(), e);
        }
        int protocol = service.protocol();
        boolean whole = service.first() == 0 && service.last() == Service.MAX_PORT;
        boolean said = Service.hasPorts(protocol) || Service.isIcmp(protocol);
        boolean one = Service.isIcmp(protocol) || service.first() == service.last();
        if (protocol == Service.ANY_PROTOCOL || (said && (whole || !one))) {
            throw new IllegalArgumentException(
                    "`" + Words.shortened(text) + "` is more than one service, expected " + example(protocol));
        }
        return new ExactService(protocol, service.first());
    }

    private static String example(int protocol) {
        return switch (protocol) {
            case Service.ICMP -> "a type such as `icmp/echo-request` or `icmp/3/4`";
            case Service.ICMPV6 -> "a type such as `icmpv6/echo-request` or `icmpv6/1/4`";
            case Service.UDP -> "one port such as `udp/53`";
            case Service.SCTP -> "one port such as `sctp/3868`";
            default -> "one port such as `tcp/443`";
        };
    }

    /// With numbers for names: `tcp/443`, `icmp/8/0`, `proto/47`.
    @Override
    public String toString() {
        if (Service.isIcmp(protocol)) {
            return Service.ofIcmpCode(protocol, port >> 8, port & 0xff).toString();
        }
        return Service.hasPorts(protocol)
                ? new Service(protocol, port, port).toString()
                : Service.ofProtocol(protocol).toString();
    }

    /// With the names that ICMP types have: `tcp/443`, `icmp/echo-request/0`, `proto/47`.
    public String named() {
        Map<String, Integer> names =
                protocol == Service.ICMP ? IcmpTypes.V4 : protocol == Service.ICMPV6 ? IcmpTypes.V6 : Map.of();
        return names.entrySet().stream()
                .filter(name -> name.getValue() == port >> 8)
                .map(name -> toString().substring(0, toString().indexOf('/') + 1) + name.getKey() + "/" + (port & 0xff))
                .findAny()
                .orElseGet(this::toString);
    }
}
