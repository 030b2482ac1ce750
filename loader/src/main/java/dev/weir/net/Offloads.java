// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import dev.weir.bpf.ffi.Libc;
import dev.weir.bpf.ffi.Sockets;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What a device does with many packets at once, as ethtool(8) tells.
///
/// @param segmentation whether it takes TCP in pieces larger than a packet (TSO)
/// @param receive whether what comes in is put together again (GRO)
public record Offloads(boolean segmentation, boolean receive) {
    // linux/ethtool.h
    private static final int ETHTOOL_GTSO = 0x1e;
    private static final int ETHTOOL_GGRO = 0x2b;

    /// Those of a device of the calling thread's network namespace; empty where there is no such device, or it does
    /// not tell.
    ///
    /// @throws NetException when no socket can be opened
    public static Optional<Offloads> of(String device) {
        byte[] name = device.getBytes(StandardCharsets.UTF_8);
        if (name.length >= Sockets.IFNAMSIZ) {
            return Optional.empty();
        }
        int fd = Sockets.socket(Sockets.AF_INET, Sockets.SOCK_DGRAM_CLOEXEC, 0);
        if (fd < 0) {
            throw NetException.refused("open a socket to ask for the offloads of " + device, -fd);
        }
        try {
            int segmentation = Sockets.ethtool(fd, name, ETHTOOL_GTSO);
            int receive = Sockets.ethtool(fd, name, ETHTOOL_GGRO);
            return segmentation < 0 || receive < 0
                    ? Optional.empty()
                    : Optional.of(new Offloads(segmentation != 0, receive != 0));
        } finally {
            Libc.close(fd);
        }
    }
}
