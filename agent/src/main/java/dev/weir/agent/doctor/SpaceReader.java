// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.IpAddress;
import dev.weir.agent.doctor.Space.Family;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.NetDevice;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.Offloads;
import dev.weir.net.Route;
import dev.weir.net.RouteEntry;
import dev.weir.net.RouteNetlink;
import dev.weir.net.RoutingRule;
import dev.weir.net.SourceNat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Looks into one network namespace, from a thread that is in it.
final class SpaceReader {
    /// More devices of one namespace are not looked at: whoever is root in it can make them without end.
    static final int MAX_DEVICES = 4096;

    /// What nobody has a route of its own to, so that the way there is the way to the world: of the block that RFC 1112
    /// reserves, and of the global unicast addresses of RFC 4291 that were never given out.
    private static final Map<Family, IpAddress> WORLD =
            Map.of(Family.IPV4, IpAddress.parse("240.0.0.1"), Family.IPV6, IpAddress.parse("2fff:ffff::1"));

    private static final Path SETTINGS = Path.of("/proc/sys/net");

    private final String called;
    private final Consumer<String> unread;

    private SpaceReader(String called, Consumer<String> unread) {
        this.called = called;
        this.unread = unread;
    }

    /// A namespace as it tells of itself: where the other ends of its veths are is not known yet.
    ///
    /// @param netlink a socket in it, to ask who the namespaces are in which its devices have other ends
    record Seen(
            NetworkNamespace namespace,
            RouteNetlink netlink,
            Space.Reach reach,
            Map<Integer, NetDevice> devices,
            Map<Integer, List<InterfaceAddress>> addresses,
            Map<Integer, Boolean> forwarding,
            Map<Integer, Offloads> offloads,
            List<RouteEntry> routes,
            List<RoutingRule> rules,
            Map<Family, Route> wayOut,
            Map<Family, Boolean> forwards,
            @Nullable List<SourceNat> sourceNat)
            implements AutoCloseable {
        @Override
        public void close() {
            netlink.close();
        }
    }

    /// Looks at everything.
    ///
    /// @param called the namespace, for what cannot be looked at
    /// @param unread is told of that
    /// @throws NetException when it cannot be entered, or tells nothing at all
    static Seen read(String called, Space.Reach reach, NetworkNamespace namespace, Consumer<String> unread) {
        return namespace.call(() -> new SpaceReader(called, unread).read(reach, namespace));
    }

    /// As [#read], of the namespace that the calling thread is in, which needs no right to enter it.
    static Seen readHere(String called, NetworkNamespace namespace, Consumer<String> unread) {
        return new SpaceReader(called, unread).read(new Space.Reach.Host(), namespace);
    }

    private Seen read(Space.Reach reach, NetworkNamespace namespace) {
        RouteNetlink netlink = RouteNetlink.open();
        try {
            List<NetDevice> links = netlink.links();
            if (links.size() > MAX_DEVICES) {
                unread.accept(
                        "%s has %d devices; the first %d were looked at".formatted(called, links.size(), MAX_DEVICES));
                links = links.subList(0, MAX_DEVICES);
            }
            Map<Integer, Offloads> offloads = new HashMap<>();
            Map<Integer, Boolean> forwarding = new HashMap<>();
            for (NetDevice link : links) {
                forwarding.put(link.ifindex(), isOn("ipv4/conf/" + link.name() + "/forwarding"));
                if (link.isEthernet()) {
                    Offloads.of(link.name()).ifPresent(each -> offloads.put(link.ifindex(), each));
                }
            }
            return new Seen(
                    namespace,
                    netlink,
                    reach,
                    links.stream().collect(Collectors.toMap(NetDevice::ifindex, link -> link)),
                    orElse(List.<InterfaceAddress>of(), netlink::addresses).stream()
                            .collect(Collectors.groupingBy(InterfaceAddress::ifindex)),
                    forwarding,
                    offloads,
                    orElse(List.of(), netlink::routes),
                    orElse(List.of(), netlink::rules),
                    wayOut(netlink),
                    Map.of(
                            Family.IPV4, isOn("ipv4/ip_forward"),
                            Family.IPV6, isOn("ipv6/conf/all/forwarding")),
                    orElse(null, SourceNat::all));
        } catch (RuntimeException e) {
            netlink.close();
            throw e;
        }
    }

    private Map<Family, Route> wayOut(RouteNetlink netlink) {
        Map<Family, Route> ways = new EnumMap<>(Family.class);
        WORLD.forEach((family, address) -> orElse(Optional.<Route>empty(), () -> netlink.routeTo(address))
                .ifPresent(route -> ways.put(family, route)));
        return ways;
    }

    private <T extends @Nullable Object> T orElse(T otherwise, Supplier<T> question) {
        try {
            return question.get();
        } catch (NetException e) {
            unread.accept(called + ": " + e.getMessage());
            return otherwise;
        }
    }

    /// A setting of the namespace of the calling thread. One that cannot be read, as where a kernel has no IPv6, is
    /// taken to be on, so that nothing is found wrong.
    private static boolean isOn(String setting) {
        try {
            return !Files.readString(SETTINGS.resolve(setting)).strip().equals("0");
        } catch (IOException e) {
            return true;
        }
    }
}
