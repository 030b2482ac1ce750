// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import dev.weir.abi.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where an agent serves, as `listen` and `--agent` take it: `ADDRESS:PORT`, or `unix:PATH`. The former is an
/// [InetSocketAddress], the latter an [UnixDomainSocketAddress].
public final class ListenAddress {
    /// What it looks like, for messages.
    public static final String EXPECTED = "ADDRESS:PORT, such as 127.0.0.1:9876 or [::1]:9876, or unix:PATH";

    private static final String UNIX = "unix:";

    /// Of the 107 that the kernel takes (unix(7)), without those that a socket in the making has more than its path.
    private static final int MAX_PATH_BYTES = 96;

    private static final Pattern FORM = Pattern.compile("(?:\\[([0-9a-fA-F:.]+)]|([^:\\[\\]]+)):(\\d{1,5})");

    private ListenAddress() {}

    /// Reads an IPv4 address, an IPv6 address in brackets, or `localhost`, and a port, or `unix:` and an absolute path.
    /// No name is looked up.
    /// @throws IllegalArgumentException for all else
    public static SocketAddress parse(String text) {
        if (text.startsWith(UNIX)) {
            return UnixDomainSocketAddress.of(path(text.substring(UNIX.length())));
        }
        Matcher form = FORM.matcher(text);
        if (!form.matches() || Integer.parseInt(form.group(3)) > 65535) {
            throw new IllegalArgumentException("'" + text + "' is no address to listen on");
        }
        String host = form.group(1) != null ? form.group(1) : form.group(2);
        String address =
                host.equals("localhost") ? "127.0.0.1" : IpAddress.parse(host).toString();
        return new InetSocketAddress(InetAddress.ofLiteral(address), Integer.parseInt(form.group(3)));
    }

    private static Path path(String text) {
        Path path = Path.of(text);
        if (!path.isAbsolute() || !path.equals(path.normalize()) || path.getFileName() == null) {
            throw new IllegalArgumentException("'" + text + "' is not the absolute path of a socket");
        }
        if (text.getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw new IllegalArgumentException("'%s' is longer than the %d bytes that the path of a socket may have"
                    .formatted(text, MAX_PATH_BYTES));
        }
        return path;
    }

    /// Whether others than the users of this host can reach it.
    public static boolean isOpenToOthers(SocketAddress address) {
        return !(address instanceof UnixDomainSocketAddress)
                && !(address instanceof InetSocketAddress inet
                        && inet.getAddress() != null
                        && inet.getAddress().isLoopbackAddress());
    }

    /// As [#parse] takes it.
    public static String text(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet)) {
            return UNIX + address;
        }
        String host = inet.getAddress() == null
                ? inet.getHostString()
                : inet.getAddress().getHostAddress();
        if (!host.contains(":")) {
            return host + ":" + inet.getPort();
        }
        return "[%s]:%d".formatted(host.contains("%") ? host : IpAddress.parse(host), inet.getPort());
    }
}
