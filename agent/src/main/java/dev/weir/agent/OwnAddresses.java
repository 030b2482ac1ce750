// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.abi.IpAddress;
import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// What the peer `host` means: the addresses of a vantage itself, but those of loopback.
final class OwnAddresses {
    private OwnAddresses() {}

    /// @param vantage its name; empty: that of this process
    static Set<IpAddress> of(String vantage) throws CommandFailure {
        try {
            return vantage.isEmpty() ? here() : in(vantage);
        } catch (SocketException | NetException e) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "list the addresses of %s: %s"
                            .formatted(vantage.isEmpty() ? "this host" : "vantage " + vantage, e.getMessage()),
                    e);
        }
    }

    private static Set<IpAddress> in(String vantage) throws SocketException {
        try (NetworkNamespace namespace = NetworkNamespace.open(Path.of("/run/netns", vantage))) {
            return namespace.call(OwnAddresses::here);
        }
    }

    private static Set<IpAddress> here() throws SocketException {
        Set<IpAddress> found = new HashSet<>();
        for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
            if (!each.isLoopback()) {
                each.inetAddresses().forEach(address -> found.add(address(address)));
            }
        }
        return found;
    }

    private static IpAddress address(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == IpAddress.BYTES) {
            return IpAddress.ofBytes(bytes);
        }
        int bits = 0;
        for (byte each : bytes) {
            bits = bits << Byte.SIZE | (each & 0xff);
        }
        return IpAddress.ofV4(bits);
    }
}
