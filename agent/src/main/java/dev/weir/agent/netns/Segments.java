// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.DeviceKey;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.MacAddress;
import dev.weir.net.NetDevice;
import dev.weir.policy.Cidr;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Which segment each device of the vantage is on, and what the vantage itself has there.
final class Segments {
    private final int vantage;
    private final Map<Integer, NetDevice> links = new HashMap<>();
    private final Map<Integer, Set<MacAddress>> macs = new HashMap<>();
    private final Map<Integer, Set<Cidr>> subnets = new HashMap<>();

    /// @param vantage its number
    /// @param links all devices of the vantage
    /// @param addresses of these devices
    Segments(int vantage, List<NetDevice> links, List<InterfaceAddress> addresses) {
        this.vantage = vantage;
        links.forEach(link -> this.links.put(link.ifindex(), link));
        for (NetDevice link : links) {
            MacAddress.of(link.mac())
                    .ifPresent(mac -> macs.computeIfAbsent(of(link).ifindex(), none -> new HashSet<>())
                            .add(mac));
        }
        for (InterfaceAddress address : addresses) {
            if (!World.isLinkLocal(address.address())) {
                subnets.computeIfAbsent(address.ifindex(), none -> new HashSet<>())
                        .add(Cidr.around(address.address(), address.prefixLength()));
            }
        }
    }

    /// The bridge that a device is a port of, else the device itself. Other masters (a VRF, a bond) do not join the
    /// links of their members.
    DeviceKey of(NetDevice link) {
        NetDevice master = links.get(link.masterIfindex());
        boolean bridged = master != null && master.kind().equals("bridge");
        return new DeviceKey(bridged ? link.masterIfindex() : link.ifindex(), vantage);
    }

    /// What the vantage has on each of these segments.
    List<World.Segment> all(Collection<DeviceKey> keys) {
        return new TreeSet<>(keys)
                .stream()
                        .map(key -> new World.Segment(
                                key,
                                subnets.getOrDefault(key.ifindex(), Set.of()),
                                macs.getOrDefault(key.ifindex(), Set.of())))
                        .toList();
    }
}
