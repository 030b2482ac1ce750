// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.net.MacAddress;
import dev.weir.policy.Cidr;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What is there at one moment, in all vantages that are looked at.
///
/// @param vantages by number
/// @param unseen why one that weir.yaml names is not among them, by name
/// @param namespaces all named ones, and others that a device leads to, by name
/// @param segments that the devices are on
/// @param devices those that lead to a namespace of the list
/// @param others all other devices: bridges, uplinks, veths that lead to no namespace of the list
/// @param problems what could not be read and why, a sentence each; the rest is still true
public record World(
        List<Vantage> vantages,
        Map<String, String> unseen,
        List<Namespace> namespaces,
        List<Segment> segments,
        List<Device> devices,
        List<Other> others,
        List<String> problems) {
    /// Nothing was seen yet.
    public static final World EMPTY =
            new World(List.of(), Map.of(), List.of(), List.of(), List.of(), List.of(), List.of());

    private static final Cidr LINK_LOCAL = new Cidr(IpAddress.parse("fe80::"), 10); // RFC 4291, section 2.4

    public World {
        vantages = List.copyOf(vantages);
        unseen = Map.copyOf(unseen);
        namespaces = List.copyOf(namespaces);
        segments = List.copyOf(segments);
        devices = List.copyOf(devices);
        others = List.copyOf(others);
        problems = List.copyOf(problems);
    }

    /// Whether an address means something on one link only.
    public static boolean isLinkLocal(IpAddress address) {
        return LINK_LOCAL.contains(address);
    }

    /// A vantage; empty where the number stands for none that is looked at.
    public Optional<Vantage> vantage(int number) {
        return vantages.stream().filter(each -> each.number() == number).findAny();
    }

    /// What a device is called by whoever looks at all vantages: its name, and outside the host's vantage that of
    /// its own in front, as in `router/veth7`. No device has a slash in its name (`dev_valid_name` of
    /// net/core/dev.c).
    public String called(DeviceKey device, String name) {
        return called(vantage(device.vantage()).map(Vantage::name).orElse("?"), device.vantage(), name);
    }

    /// As the other, of a vantage of this name and number.
    public static String called(String vantage, int number, String device) {
        return number == DeviceKey.HOST ? device : vantage + "/" + device;
    }

    /// A network namespace in which devices are judged.
    ///
    /// @param number by which the programs know it
    /// @param name `host`, or its name under `/run/netns`
    /// @param addresses that its own interfaces hold, but those of loopback
    /// @param routes segment that it would send to directly for an address of a namespace, as an ifindex; only of
    /// addresses outside its subnets on the namespace's segments
    public record Vantage(int number, String name, List<IpAddress> addresses, Map<IpAddress, Integer> routes) {
        /// The name of the one that the agent itself is in.
        public static final String HOST = "host";

        public Vantage {
            addresses = List.copyOf(addresses);
            routes = Map.copyOf(routes);
        }
    }

    /// A tenant.
    ///
    /// @param inode of its nsfs file, which tells apart two namespaces that had one name
    /// @param addresses that its interfaces hold now, but those of loopback
    /// @param named whether it has a name under `/run/netns`; it was found by a process in it otherwise
    public record Namespace(String name, long inode, List<IpAddress> addresses, boolean named) {
        public Namespace {
            addresses = List.copyOf(addresses);
        }
    }

    /// Where frames go without a router: a bridge, or a veth that is in none.
    ///
    /// @param subnets of the addresses that the vantage has on it, but link-local ones
    /// @param macs Ethernet addresses of the vantage's own devices on it
    public record Segment(DeviceKey key, Set<Cidr> subnets, Set<MacAddress> macs) {
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
    /// @param namespace that its other end is in; `device:NAME` where no namespace is known behind it, and outside
    /// the host's vantage `device:VANTAGE/NAME`
    /// @param inode of that namespace; 0 where there is none
    /// @param segment that it is on: the bridge that it is a port of, else itself
    /// @param mac of its other end; empty where that has none, is just going, or is not known
    public record Device(
            DeviceKey key, String name, String namespace, long inode, DeviceKey segment, Optional<MacAddress> mac) {
        /// A device that leads to no namespace.
        ///
        /// @param namespace what stands for one
        public static Device of(Other other, String namespace) {
            return new Device(other.key(), other.name(), namespace, 0, other.segment(), Optional.empty());
        }
    }

    /// A device that leads to no namespace.
    ///
    /// @param ethernet whether its frames can be judged
    /// @param segment as that of [Device]
    public record Other(DeviceKey key, String name, boolean ethernet, DeviceKey segment) {}
}
