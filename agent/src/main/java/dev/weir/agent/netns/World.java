// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.IpAddress;
import java.util.List;

/// What is there at one moment, within the host's vantage.
///
/// @param hostAddresses that the vantage's own interfaces hold, but those of loopback
/// @param namespaces all named ones, by name
/// @param devices those that lead to a namespace of the list, by ifindex
/// @param others all other devices, by ifindex: bridges, uplinks, veths that lead to no namespace of the list
/// @param problems what could not be read and why, a sentence each; the rest is still true
public record World(
        List<IpAddress> hostAddresses,
        List<Namespace> namespaces,
        List<Device> devices,
        List<Other> others,
        List<String> problems) {
    /// Nothing was seen yet.
    public static final World EMPTY = new World(List.of(), List.of(), List.of(), List.of(), List.of());

    public World {
        hostAddresses = List.copyOf(hostAddresses);
        namespaces = List.copyOf(namespaces);
        devices = List.copyOf(devices);
        others = List.copyOf(others);
        problems = List.copyOf(problems);
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

    /// A device that is, or may be, an endpoint: a host-side veth, or one of [#others()].
    ///
    /// @param namespace that its other end is in; `device:NAME` where no namespace is known behind it
    /// @param inode of that namespace; 0 where there is none
    public record Device(int ifindex, String name, String namespace, long inode) {}

    /// A device that leads to no namespace.
    ///
    /// @param ethernet whether its frames can be judged
    public record Other(int ifindex, String name, boolean ethernet) {}
}
