// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import dev.weir.abi.IpAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where flow records are sent to.
///
/// @param host an address, or a name that is looked up at each connection; empty: nowhere
/// @param port 1 to 65,535; 0: nowhere
public record Collector(String host, int port) {
    /// What an empty text stands for.
    public static final Collector NONE = new Collector("", 0);

    // a host's name: RFC 1123, section 2.1
    private static final Pattern FORM =
            Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([0-9a-zA-Z](?:[0-9a-zA-Z.-]{0,251}[0-9a-zA-Z.])?)):(\\d{1,5})");

    /// Reads `HOST:PORT`: an IPv4 address, an IPv6 address in brackets, or a name; or nothing. No name is looked up.
    /// @throws IllegalArgumentException for all else
    public static Collector parse(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        Matcher form = FORM.matcher(text);
        int port = form.matches() ? Integer.parseInt(form.group(3)) : 0;
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("'" + text + "' is no collector");
        }
        String bracketed = form.group(1);
        return new Collector(
                bracketed == null ? form.group(2) : IpAddress.parse(bracketed).toString(), port);
    }

    @Override
    public String toString() {
        return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
    }
}
