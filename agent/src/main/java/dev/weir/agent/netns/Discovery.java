// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.IpAddress;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.NamedNamespace;
import dev.weir.net.NetDevice;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.RouteNetlink;
import dev.weir.policy.Target;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads the world: named namespaces from `/run/netns`, host-side veths and addresses from rtnetlink, in the
/// network
/// namespace of the thread that made it. For one thread.
public final class Discovery implements AutoCloseable {
    /// `RT_SCOPE_HOST` of rtnetlink(7): addresses of loopback, which every namespace has and nobody can send to.
    private static final int SCOPE_HOST = 254;

    /// More addresses than this of one namespace are not looked at, so that a tenant cannot fill the table for all.
    private static final int MAX_ADDRESSES = 256;

    private final RouteNetlink netlink = RouteNetlink.open();

    /// The world as it is now. What goes away in mid-scan is left out; leftovers in `/run/netns` are told as
    /// problems.
    ///
    /// @throws NetException when the kernel does not answer: half a world would look as if the rest were gone
    public World observe() {
        List<String> problems = new ArrayList<>();
        Map<Integer, World.Namespace> byNsid = new HashMap<>();
        for (NamedNamespace named : NetworkNamespace.named()) {
            switch (named) {
                case NamedNamespace.Stale stale -> problems.add(stale.reason());
                case NamedNamespace.Live live -> {
                    try (NetworkNamespace namespace = live.namespace()) {
                        read(live.name(), namespace, byNsid, problems);
                    }
                }
            }
        }
        List<World.Device> devices = new ArrayList<>();
        List<World.Other> others = new ArrayList<>();
        for (NetDevice link : netlink.links()) {
            World.Namespace behind = byNsid.get(link.peerNsid());
            if (link.kind().equals("veth") && behind != null) {
                devices.add(new World.Device(link.ifindex(), link.name(), behind.name(), behind.inode()));
            } else {
                others.add(new World.Other(link.ifindex(), link.name(), link.isEthernet()));
            }
        }
        List<World.Namespace> namespaces = byNsid.values().stream()
                .sorted(Comparator.comparing(World.Namespace::name))
                .toList();
        return new World(reachable(netlink.addresses()), namespaces, devices, others, problems);
    }

    @Override
    public void close() {
        netlink.close();
    }

    private void read(
            String name, NetworkNamespace namespace, Map<Integer, World.Namespace> byNsid, List<String> problems) {
        if (name.startsWith(Target.DEVICE_PREFIX)) {
            problems.add("namespace %s is not enforced: a device without a namespace is called so; rename it"
                    .formatted(name));
            return;
        }
        int nsid = netlink.nsidOf(namespace);
        List<IpAddress> addresses = reachable(addresses(name, nsid, problems));
        if (addresses.size() > MAX_ADDRESSES) {
            problems.add("namespace %s holds more than %d addresses; only so many are known to policies"
                    .formatted(name, MAX_ADDRESSES));
            addresses = addresses.subList(0, MAX_ADDRESSES);
        }
        World.Namespace first = byNsid.get(nsid);
        if (first == null) {
            byNsid.put(nsid, new World.Namespace(name, namespace.inode(), addresses));
        } else {
            problems.add("namespaces %s and %s are one under two names; it is called %s"
                    .formatted(first.name(), name, first.name()));
        }
    }

    private static List<IpAddress> reachable(List<InterfaceAddress> addresses) {
        return addresses.stream()
                .filter(address -> address.scope() != SCOPE_HOST)
                .map(InterfaceAddress::address)
                .distinct()
                .sorted()
                .toList();
    }

    /// A tenant can give itself more addresses than a dump is allowed to have; then policies know none of them.
    private List<InterfaceAddress> addresses(String name, int nsid, List<String> problems) {
        try {
            return netlink.addresses(nsid);
        } catch (NetException e) {
            problems.add("the addresses of namespace %s are not known to policies: %s".formatted(name, e.getMessage()));
            return List.of();
        }
    }
}
