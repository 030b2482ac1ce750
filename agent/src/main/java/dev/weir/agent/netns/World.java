// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.IpAddress;
import java.util.List;

/// What is there at one moment, within the host's vantage.
///
/// @param hostAddresses that the vantage's own interfaces hold, but those of loopback
/// @param namespaces all named ones, by name
/// @param devices those that lead to a namespace of the list, by ifindex
/// @param problems what could not be read and why, a sentence each; the rest is still true
public record World(
        List<IpAddress> hostAddresses, List<Namespace> namespaces, List<Device> devices, List<String> problems) {
    /// Nothing was seen yet.
    public static final World EMPTY = new World(List.of(), List.of(), List.of(), List.of());

    public World {
        hostAddresses = List.copyOf(hostAddresses);
        namespaces = List.copyOf(namespaces);
        devices = List.copyOf(devices);
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

    /// A host-side veth.
    ///
    /// @param namespace that its other end is in
    /// @param inode of that namespace
    public record Device(int ifindex, String name, String namespace, long inode) {}
}
