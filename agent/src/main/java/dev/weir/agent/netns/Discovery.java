// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.IpAddress;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.MacAddress;
import dev.weir.net.NamedNamespace;
import dev.weir.net.NetDevice;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.Route;
import dev.weir.net.RouteNetlink;
import dev.weir.policy.Target;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Reads the world: named namespaces from `/run/netns`; host-side veths, what lies behind them, addresses and routes
/// from rtnetlink, in the network namespace of the thread that made it. For one thread.
public final class Discovery implements AutoCloseable {
    /// `RT_SCOPE_HOST` of rtnetlink(7): addresses of loopback, which every namespace has and nobody can send to.
    private static final int SCOPE_HOST = 254;

    /// More addresses than this of one namespace are not looked at, so that a tenant cannot fill the table for all.
    private static final int MAX_ADDRESSES = 256;

    /// For no more addresses of one namespace the vantage is asked where it would send to: each is a question to the
    /// kernel.
    private static final int MAX_ROUTES = 64;

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
        List<NetDevice> links = netlink.links();
        List<InterfaceAddress> addresses = netlink.addresses();
        Segments segments = new Segments(links, addresses);
        List<World.Device> devices = new ArrayList<>();
        List<World.Other> others = new ArrayList<>();
        for (NetDevice link : links) {
            World.Namespace behind = byNsid.get(link.peerNsid());
            if (link.kind().equals("veth") && behind != null) {
                devices.add(new World.Device(
                        link.ifindex(),
                        link.name(),
                        behind.name(),
                        behind.inode(),
                        segments.of(link),
                        netlink.link(link.peerNsid(), link.peerIfindex()).flatMap(end -> MacAddress.of(end.mac()))));
            } else {
                others.add(new World.Other(link.ifindex(), link.name(), link.isEthernet(), segments.of(link)));
            }
        }
        List<World.Namespace> namespaces = byNsid.values().stream()
                .sorted(Comparator.comparing(World.Namespace::name))
                .toList();
        List<World.Segment> sides =
                segments.all(devices.stream().map(World.Device::segment).toList());
        return new World(
                reachable(addresses), namespaces, sides, devices, others, routes(namespaces, sides, devices), problems);
    }

    /// Where the vantage would send to for addresses that none of its subnets on the namespace's segments covers.
    private Map<IpAddress, Integer> routes(
            List<World.Namespace> namespaces, List<World.Segment> segments, List<World.Device> devices) {
        Map<Integer, World.Segment> byIfindex = new HashMap<>();
        segments.forEach(segment -> byIfindex.put(segment.ifindex(), segment));
        Map<String, List<World.Segment>> sides = new HashMap<>();
        for (World.Device device : devices) {
            sides.computeIfAbsent(device.namespace(), none -> new ArrayList<>())
                    .add(Objects.requireNonNull(byIfindex.get(device.segment())));
        }
        Map<IpAddress, Integer> routes = new HashMap<>();
        for (World.Namespace namespace : namespaces) {
            List<World.Segment> own = sides.getOrDefault(namespace.name(), List.of());
            namespace.addresses().stream()
                    .filter(address -> !own.isEmpty() && !World.isLinkLocal(address))
                    .filter(address -> own.stream().noneMatch(segment -> segment.covers(address)))
                    .limit(MAX_ROUTES)
                    .forEach(address -> netlink.routeTo(address)
                            .filter(Route::direct)
                            .ifPresent(route -> routes.put(address, route.ifindex())));
        }
        return routes;
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
