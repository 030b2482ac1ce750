// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.IpAddress;
import dev.weir.net.MacAddress;
import dev.weir.policy.Cidr;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What is there at one moment, within the host's vantage.
///
/// @param hostAddresses that the vantage's own interfaces hold, but those of loopback
/// @param namespaces all named ones, by name
/// @param segments that the devices are on, by ifindex
/// @param devices those that lead to a namespace of the list, by ifindex
/// @param others all other devices, by ifindex: bridges, uplinks, veths that lead to no namespace of the list
/// @param routes segment that the vantage itself would send to directly for an address of a namespace; only of
/// addresses outside the subnets of the namespace's segments
/// @param problems what could not be read and why, a sentence each; the rest is still true
public record World(
        List<IpAddress> hostAddresses,
        List<Namespace> namespaces,
        List<Segment> segments,
        List<Device> devices,
        List<Other> others,
        Map<IpAddress, Integer> routes,
        List<String> problems) {
    /// Nothing was seen yet.
    public static final World EMPTY =
            new World(List.of(), List.of(), List.of(), List.of(), List.of(), Map.of(), List.of());

    private static final Cidr LINK_LOCAL = new Cidr(IpAddress.parse("fe80::"), 10); // RFC 4291, section 2.4

    public World {
        hostAddresses = List.copyOf(hostAddresses);
        namespaces = List.copyOf(namespaces);
        segments = List.copyOf(segments);
        devices = List.copyOf(devices);
        others = List.copyOf(others);
        routes = Map.copyOf(routes);
        problems = List.copyOf(problems);
    }

    /// Whether an address means something on one link only.
    public static boolean isLinkLocal(IpAddress address) {
        return LINK_LOCAL.contains(address);
    }

    /// A tenant.
    ///
    /// @param inode of its nsfs file, which tells apart two namespaces that had one name
    /// @param addresses that its interfaces hold now, but those of loopback
    public record Namespace(String name, long inode, List<IpAddress> addresses) {
        public Namespace {
            addresses = List.copyOf(addresses);
        }
    }

    /// Where frames go without a router: a bridge, or a veth that is in none.
    ///
    /// @param subnets of the addresses that the vantage has on it, but link-local ones
    /// @param macs Ethernet addresses of the vantage's own devices on it
    public record Segment(int ifindex, Set<Cidr> subnets, Set<MacAddress> macs) {
        public Segment {
            subnets = Set.copyOf(subnets);
            macs = Set.copyOf(macs);
        }

        /// Whether the address lies within a subnet of the vantage here.
        public boolean covers(IpAddress address) {
            return subnets.stream().anyMatch(subnet -> subnet.contains(address));
        }

        /// Whether the vantage has a subnet of this family here.
        public boolean hasSubnets(boolean v4) {
            return subnets.stream().anyMatch(subnet -> subnet.network().isV4() == v4);
        }
    }

    /// A device that is, or may be, an endpoint: a host-side veth, or one of [#others()].
    ///
    /// @param namespace that its other end is in; `device:NAME` where no namespace is known behind it
    /// @param inode of that namespace; 0 where there is none
    /// @param segment that it is on: the bridge that it is a port of, else itself
    /// @param mac of its other end; empty where that has none, is just going, or is not known
    public record Device(
            int ifindex, String name, String namespace, long inode, int segment, Optional<MacAddress> mac) {
        /// A device that leads to no namespace.
        ///
        /// @param namespace what stands for one: `device:NAME`
        public static Device of(Other other, String namespace) {
            return new Device(other.ifindex(), other.name(), namespace, 0, other.segment(), Optional.empty());
        }
    }

    /// A device that leads to no namespace.
    ///
    /// @param ethernet whether its frames can be judged
    /// @param segment as that of [Device]
    public record Other(int ifindex, String name, boolean ethernet, int segment) {}
}
