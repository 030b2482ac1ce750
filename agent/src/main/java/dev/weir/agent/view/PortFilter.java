// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which ports a query asks for, whichever side has them. Only TCP, UDP and SCTP have ports.
/// @param last of the range, itself in it
record PortFilter(int first, int last) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");
    private static final Set<String> PROTOCOLS = Set.of("tcp", "udp", "sctp");

    /// Reads `443` or `8000-8099`.
    /// @throws IllegalArgumentException when `text` is of no such form
    static PortFilter parse(String text) {
        Matcher form = FORM.matcher(text);
        if (form.matches()) {
            int first = Integer.parseInt(form.group(1));
            int last = form.group(2) == null ? first : Integer.parseInt(form.group(2));
            if (first <= last && last <= 65535) {
                return new PortFilter(first, last);
            }
        }
        throw new IllegalArgumentException(
                "'" + text + "' is not a port from 0 to 65535, or a range of them such as 8000-8099");
    }

    boolean matches(Conversation traffic) {
        String protocol = traffic.protocol();
        return protocol != null
                && PROTOCOLS.contains(protocol)
                && (contains(traffic.insidePort()) || contains(traffic.outsidePort()));
    }

    private boolean contains(int port) {
        return port >= first && port <= last;
    }
}
