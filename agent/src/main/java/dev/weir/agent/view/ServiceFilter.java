// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which services a query asks for: a protocol, one port or a range of ports, an ICMP type with or without its code.
/// @param service the service, or what stands before the `/` of a range of ports
/// @param firstPort of a range; -1: no range, and services that begin with `service` match
/// @param lastPort of the range, itself in it
record ServiceFilter(String service, int firstPort, int lastPort) {
    private static final Pattern PORTS = Pattern.compile("(tcp|udp|sctp)/(\\d{1,5})(?:-(\\d{1,5}))?");
    private static final Pattern PLAIN =
            Pattern.compile("tcp|udp|sctp|(icmp|icmpv6)(/[a-z0-9][a-z0-9-]*(/\\d{1,3})?)?");
    private static final Pattern NUMBER = Pattern.compile("proto/(\\d{1,3})");

    /// Protocols that are not called by their number, which is IANA's.
    private static final Map<Integer, String> NAMES = Map.of(1, "icmp", 6, "tcp", 17, "udp", 58, "icmpv6", 132, "sctp");

    /// Reads `tcp`, `tcp/443`, `udp/8000-8099`, `icmp/8`, `icmp/3/4` or `proto/47`.
    /// @throws IllegalArgumentException when `text` is of no such form
    static ServiceFilter parse(String text) {
        Matcher ports = PORTS.matcher(text);
        if (ports.matches()) {
            int first = Integer.parseInt(ports.group(2));
            int last = ports.group(3) == null ? first : Integer.parseInt(ports.group(3));
            if (first > last || last > 65535) {
                throw new IllegalArgumentException("the ports of '" + text + "' are not in order or above 65535");
            }
            return new ServiceFilter(ports.group(1), first, last);
        }
        if (NUMBER.matcher(text).matches()) {
            return new ServiceFilter(protocol(text), -1, -1);
        }
        if (PLAIN.matcher(text).matches()) {
            return new ServiceFilter(text, -1, -1);
        }
        throw new IllegalArgumentException(
                "'" + text + "' is not a service such as tcp, tcp/443, udp/8000-8099, icmp/8 or proto/47");
    }

    /// Reads `tcp`, `icmp` or `proto/47`; a number that has a name is taken for it.
    /// @throws IllegalArgumentException when `text` is of no such form
    static String protocol(String text) {
        if (NAMES.containsValue(text)) {
            return text;
        }
        Matcher number = NUMBER.matcher(text);
        if (number.matches() && Integer.parseInt(number.group(1)) <= 255) {
            int protocol = Integer.parseInt(number.group(1));
            return NAMES.getOrDefault(protocol, "proto/" + protocol);
        }
        throw new IllegalArgumentException(
                "'" + text + "' is not a protocol: tcp, udp, sctp, icmp, icmpv6, or a number such as proto/47");
    }

    boolean matches(Conversation traffic) {
        if (firstPort >= 0) {
            int port = traffic.servicePort();
            return service.equals(traffic.protocol()) && port >= firstPort && port <= lastPort;
        }
        String actual = traffic.service();
        return actual != null
                && actual.startsWith(service)
                && (actual.length() == service.length() || actual.charAt(service.length()) == '/');
    }
}
