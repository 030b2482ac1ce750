// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.IpAddress;
import dev.weir.agent.doctor.HostState.Place;
import dev.weir.agent.netns.World;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.NetDevice;
import dev.weir.net.Offloads;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A device as its namespace saw it.
///
/// @param peer where the other end of a veth is; null where it is not known, or where the device has none
/// @param forwards whether what comes in by it is forwarded, as far as IPv4 goes
/// @param offloads empty where the device does not tell, or was not asked
/// @param xdpLink number of the link that holds its XDP program; 0: none does
record Port(
        NetDevice device,
        List<InterfaceAddress> addresses,
        @Nullable Place peer,
        boolean forwards,
        Optional<Offloads> offloads,
        int xdpLink) {
    /// What makes devices that carry packets inside others.
    private static final Set<String> TUNNELS = Set.of(
            "wireguard", "amneziawg", "tun", "ovpn", "xfrm", "vti", "vti6", "ppp", "ipip", "gre", "sit", "ip6tnl");

    Port {
        addresses = List.copyOf(addresses);
    }

    int ifindex() {
        return device.ifindex();
    }

    String name() {
        return device.name();
    }

    boolean isVeth() {
        return device.kind().equals("veth");
    }

    boolean isBridge() {
        return device.kind().equals("bridge");
    }

    boolean isTunnel() {
        return TUNNELS.contains(device.kind());
    }

    boolean isPort() {
        return device.masterIfindex() != 0;
    }

    /// Those of its addresses that others can reach from beyond its own link.
    List<InterfaceAddress> reachable() {
        return addresses.stream()
                .filter(each -> !World.isLinkLocal(each.address()))
                .toList();
    }

    boolean holds(IpAddress address) {
        return addresses.stream().anyMatch(each -> each.address().equals(address));
    }
}
