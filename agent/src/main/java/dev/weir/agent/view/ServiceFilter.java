// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which services a query asks for: a protocol, one port or a range of ports, an ICMP type with or without its code.
/// @param service the service, or what stands before the `/` of a range of ports
/// @param firstPort of a range; -1: no range, and services that begin with `service` match
/// @param lastPort of the range, itself in it
public record ServiceFilter(String service, int firstPort, int lastPort) {
    private static final Pattern PORTS = Pattern.compile("(tcp|udp|sctp)/(\\d{1,5})(?:-(\\d{1,5}))?");
    private static final Pattern PLAIN =
            Pattern.compile("tcp|udp|sctp|(icmp|icmpv6)(/[a-z0-9][a-z0-9-]*(/\\d{1,3})?)?|proto/\\d{1,3}");

    /// Reads `tcp`, `tcp/443`, `udp/8000-8099`, `icmp/8`, `icmp/3/4` or `proto/47`.
    /// @throws IllegalArgumentException when `text` is of no such form
    public static ServiceFilter parse(String text) {
        Matcher ports = PORTS.matcher(text);
        if (ports.matches()) {
            int first = Integer.parseInt(ports.group(2));
            int last = ports.group(3) == null ? first : Integer.parseInt(ports.group(3));
            if (first > last || last > 65535) {
                throw new IllegalArgumentException("the ports of '" + text + "' are not in order or above 65535");
            }
            return new ServiceFilter(ports.group(1), first, last);
        }
        if (PLAIN.matcher(text).matches()) {
            return new ServiceFilter(text, -1, -1);
        }
        throw new IllegalArgumentException(
                "'" + text + "' is not a service such as tcp, tcp/443, udp/8000-8099, icmp/8 or proto/47");
    }

    /// @param protocol of a flow
    /// @param actual its service, as a rule would call it
    /// @param port of the side that did not open it
    boolean matches(String protocol, String actual, int port) {
        if (firstPort >= 0) {
            return protocol.equals(service) && port >= firstPort && port <= lastPort;
        }
        return actual.startsWith(service)
                && (actual.length() == service.length() || actual.charAt(service.length()) == '/');
    }
}
