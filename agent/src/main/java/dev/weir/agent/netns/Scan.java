// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.NetDevice;
import dev.weir.net.Route;
import dev.weir.net.RouteNetlink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What one vantage shows.
record Scan(World.Vantage vantage, List<World.Segment> segments, List<World.Device> devices, List<World.Other> others) {
    /// `RT_SCOPE_HOST` of rtnetlink(7): addresses of loopback, which every namespace has and nobody can send to.
    private static final int SCOPE_HOST = 254;

    /// For no more addresses of one namespace a vantage is asked where it would send to: each is a question to the
    /// kernel.
    private static final int MAX_ROUTES = 64;

    private static final String VETH = "veth";

    /// Looks.
    ///
    /// @param netlink of the vantage
    /// @param look for the namespaces that veths lead to
    static Scan of(int number, String name, RouteNetlink netlink, Unnamed.Look look) {
        List<NetDevice> links = netlink.links();
        List<InterfaceAddress> addresses = netlink.addresses();
        Segments segments = new Segments(number, links, addresses);
        List<NetDevice> leading = links.stream()
                .filter(link -> link.kind().equals(VETH) && link.peerNsid() >= 0)
                .toList();
        Map<Integer, World.Namespace> byNsid = look.behind(number, leading, netlink);
        List<World.Device> devices = new ArrayList<>();
        List<World.Other> others = new ArrayList<>();
        for (NetDevice link : links) {
            DeviceKey key = new DeviceKey(link.ifindex(), number);
            World.Namespace leadsTo = byNsid.get(link.peerNsid());
            if (link.kind().equals(VETH) && leadsTo != null) {
                devices.add(new World.Device(
                        key,
                        link.name(),
                        leadsTo.name(),
                        leadsTo.inode(),
                        segments.of(link),
                        look.end(number, link, netlink)));
            } else {
                others.add(new World.Other(key, link.name(), link.isEthernet(), segments.of(link)));
            }
        }
        List<World.Segment> sides =
                segments.all(devices.stream().map(World.Device::segment).toList());
        Map<IpAddress, Integer> routes = routes(netlink, byNsid.values(), sides, devices);
        return new Scan(new World.Vantage(number, name, reachable(addresses), routes), sides, devices, others);
    }

    /// Where the vantage would send to for addresses that none of its subnets on the namespace's segments covers.
    private static Map<IpAddress, Integer> routes(
            RouteNetlink netlink,
            Iterable<World.Namespace> namespaces,
            List<World.Segment> segments,
            List<World.Device> devices) {
        Map<DeviceKey, World.Segment> byKey = new HashMap<>();
        segments.forEach(segment -> byKey.put(segment.key(), segment));
        Map<String, List<World.Segment>> sides = new HashMap<>();
        for (World.Device device : devices) {
            sides.computeIfAbsent(device.namespace(), none -> new ArrayList<>())
                    .add(Objects.requireNonNull(byKey.get(device.segment())));
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

    /// Those of these addresses that others can send to, in order.
    static List<IpAddress> reachable(List<InterfaceAddress> addresses) {
        return addresses.stream()
                .filter(address -> address.scope() != SCOPE_HOST)
                .map(InterfaceAddress::address)
                .distinct()
                .sorted()
                .toList();
    }
}
