// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

/// A network device as its namespace saw it at the moment of a dump. An ifindex means something only within its
/// namespace, and is used again after the device is gone.
///
/// @param type what its frames are, as an ARPHRD number of `linux/if_arp.h`
/// @param kind what made it (`veth`, `bridge`, …); empty for devices of hardware and the loopback
/// @param mac lower-case hexadecimal with colons; empty where the device has no link address
/// @param up whether it was set up (IFF_UP), not whether a carrier is there
/// @param peerIfindex the other end of a veth, or the device below; 0: none
/// @param peerNsid the namespace of that device, as an id of this namespace; -1: this one, or none
/// @param masterIfindex the bridge that it is a port of; 0: none
/// @param xdpProgram number of the XDP program on it, or of one of them where several modes have one; 0: none
public record NetDevice(
        int ifindex,
        String name,
        int type,
        String kind,
        String mac,
        boolean up,
        int peerIfindex,
        int peerNsid,
        int masterIfindex,
        int xdpProgram,
        LinkStatistics statistics) {
    private static final int ARPHRD_ETHER = 1;

    /// Whether its frames begin with an Ethernet header. Loopback, tunnels of IP and point-to-point links are of other
    /// types.
    public boolean isEthernet() {
        return type == ARPHRD_ETHER;
    }
}
