// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import dev.weir.abi.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `ADDRESS:PORT`, as `listen` and `--agent` take it.
public final class ListenAddress {
    private static final Pattern FORM = Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([^:\\[\\]]+)):(\\d{1,5})");

    private ListenAddress() {}

    /// Reads an IPv4 address, an IPv6 address in brackets, or `localhost`, and a port. No name is looked up.
    /// @throws IllegalArgumentException for all else, and for addresses that are not loopback
    public static InetSocketAddress parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches() || Integer.parseInt(form.group(3)) > 65535) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not ADDRESS:PORT, such as 127.0.0.1:9876 or [::1]:9876");
        }
        String host = form.group(1) != null ? form.group(1) : form.group(2);
        String address =
                host.equals("localhost") ? "127.0.0.1" : IpAddress.parse(host).toString();
        InetAddress literal = InetAddress.ofLiteral(address);
        if (!literal.isLoopbackAddress()) {
            throw new IllegalArgumentException("'" + text + "' is not a loopback address: others need tls and a token,"
                    + " which are not supported by this version");
        }
        return new InetSocketAddress(literal, Integer.parseInt(form.group(3)));
    }
}
