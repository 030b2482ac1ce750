// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.doctor.HostState.Place;
import dev.weir.agent.view.Finding;
import dev.weir.bpf.probe.Support;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.LinkStatistics;
import dev.weir.net.NetDevice;
import dev.weir.net.Offloads;
import dev.weir.net.Route;
import dev.weir.net.RouteEntry;
import dev.weir.net.RoutingRule;
import dev.weir.net.SourceNat;
import dev.weir.policy.Cidr;
import dev.weir.policy.PolicySet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A host drawn by hand, on which nothing is wrong until something is drawn so.
final class Sketch {
    static final int HOST = 0;

    final List<Draft> spaces = new ArrayList<>();
    final List<HostState.StaleName> stale = new ArrayList<>();
    boolean whole = true;
    Machine machine = new Machine(
            Path.of("/sys/fs/bpf/weir"),
            new Support.Supported(),
            new Support.Supported(),
            new Support.Supported(),
            List.of());
    Weir weir = weir(null, false, PolicySet.EMPTY, List.of(), Set.of(), Set.of(), Map.of(), Map.of());

    /// A namespace that is being drawn.
    static final class Draft {
        final Space.Reach reach;
        final Map<Integer, Port> ports = new HashMap<>();
        final List<RouteEntry> routes = new ArrayList<>();
        final List<RoutingRule> rules = new ArrayList<>();
        final Map<Space.Family, Route> wayOut = new EnumMap<>(Space.Family.class);
        final Map<Space.Family, Boolean> forwards =
                new EnumMap<>(Map.of(Space.Family.IPV4, true, Space.Family.IPV6, true));

        @Nullable
        List<SourceNat> sourceNat = new ArrayList<>();

        Optional<String> formerName = Optional.empty();

        Draft(Space.Reach reach) {
            this.reach = reach;
        }
    }

    Sketch() {
        space(new Space.Reach.Host());
    }

    static Weir weir(
            @Nullable Long pid,
            boolean pinned,
            PolicySet policies,
            List<Weir.Hook> hooks,
            Set<Integer> endpoints,
            Set<Integer> ownLinks,
            Map<Integer, String> unenforced,
            Map<Integer, String> elsewhere) {
        return new Weir(
                "weir run",
                Optional.of("/etc/weir/weir.yaml"),
                WeirConfig.DEFAULT,
                policies,
                pid,
                true,
                pinned,
                hooks,
                endpoints,
                ownLinks,
                unenforced,
                elsewhere);
    }

    /// A namespace with its loopback up; returns its number.
    int space(Space.Reach reach) {
        spaces.add(new Draft(reach));
        int number = spaces.size() - 1;
        add(number, 1, "lo", "", 772, null);
        return number;
    }

    int named(String name) {
        return space(new Space.Reach.Named(name));
    }

    /// A device that is up; Ethernet unless its type says otherwise.
    Place add(int space, int ifindex, String name, String kind, int type, @Nullable Place peer) {
        int peerIfindex = peer == null ? 0 : peer.ifindex();
        int nsid = peer == null || peer.space() == space ? -1 : peer.space();
        NetDevice device =
                new NetDevice(ifindex, name, type, kind, "", true, peerIfindex, nsid, 0, 0, LinkStatistics.NONE);
        spaces.get(space)
                .ports
                .put(ifindex, new Port(device, List.of(), peer, true, Optional.of(new Offloads(true, false)), 0));
        return new Place(space, ifindex);
    }

    Place bridge(int ifindex, String name) {
        return add(HOST, ifindex, name, "bridge", 1, null);
    }

    /// A veth between two namespaces; returns the first end. The second is `eth0`, number 2 there.
    Place veth(int space, int ifindex, String name, int other) {
        Place inner = new Place(other, 2);
        Place outer = add(space, ifindex, name, "veth", 1, inner);
        add(other, 2, "eth0", "veth", 1, outer);
        return outer;
    }

    Port port(Place place) {
        return Objects.requireNonNull(spaces.get(place.space()).ports.get(place.ifindex()));
    }

    void put(Place place, Port port) {
        spaces.get(place.space()).ports.put(place.ifindex(), port);
    }

    /// Draws a device anew, with what is not said as it was.
    private void redraw(
            Place place,
            @Nullable NetDevice device,
            @Nullable List<InterfaceAddress> addresses,
            @Nullable Boolean forwards,
            @Nullable Offloads offloads) {
        Port was = port(place);
        put(
                place,
                new Port(
                        device == null ? was.device() : device,
                        addresses == null ? was.addresses() : addresses,
                        was.peer(),
                        forwards == null ? was.forwards() : forwards,
                        offloads == null ? was.offloads() : Optional.of(offloads),
                        was.xdpLink()));
    }

    private void change(Place place, boolean up, int master, int xdp) {
        NetDevice was = port(place).device();
        redraw(
                place,
                new NetDevice(
                        was.ifindex(),
                        was.name(),
                        was.type(),
                        was.kind(),
                        was.mac(),
                        up,
                        was.peerIfindex(),
                        was.peerNsid(),
                        master,
                        xdp,
                        was.statistics()),
                null,
                null,
                null);
    }

    void down(Place place) {
        change(place, false, port(place).device().masterIfindex(), 0);
    }

    void master(Place place, int master) {
        change(place, true, master, 0);
    }

    void xdp(Place place, int program) {
        change(place, true, port(place).device().masterIfindex(), program);
    }

    void offloads(Place place, boolean segmentation, boolean receive) {
        redraw(place, null, null, null, new Offloads(segmentation, receive));
    }

    void forwards(Place place, boolean forwards) {
        redraw(place, null, null, forwards, null);
    }

    /// Gives a device an address, such as `10.0.0.2/24`, and its namespace the route that comes with it.
    void address(Place place, String text) {
        int slash = text.indexOf('/');
        InterfaceAddress address = new InterfaceAddress(
                place.ifindex(),
                IpAddress.parse(text.substring(0, slash)),
                Integer.parseInt(text.substring(slash + 1)),
                0);
        List<InterfaceAddress> addresses = new ArrayList<>(port(place).addresses());
        addresses.add(address);
        redraw(place, null, addresses, null, null);
        Cidr subnet = Subnets.of(address);
        if (Subnets.isShared(subnet)) {
            route(place, subnet.network() + "/" + subnet.length());
        }
    }

    /// A route of the main table, such as `10.0.0.0/24`, out of a device.
    void route(Place place, String prefix) {
        Cidr cidr = Subnets.parse(prefix);
        spaces.get(place.space())
                .routes
                .add(new RouteEntry(RouteEntry.MAIN, cidr.network(), cidr.length(), place.ifindex()));
    }

    /// The way to the world.
    void wayOut(Place place, String gateway) {
        Optional<IpAddress> via = gateway.isEmpty() ? Optional.empty() : Optional.of(IpAddress.parse(gateway));
        Space.Family family = gateway.contains(":") ? Space.Family.IPV6 : Space.Family.IPV4;
        spaces.get(place.space()).wayOut.put(family, new Route(place.ifindex(), via));
    }

    HostState state() {
        List<Space> drawn = new ArrayList<>();
        for (int i = 0; i < spaces.size(); i++) {
            Draft draft = spaces.get(i);
            drawn.add(new Space(
                    draft.reach,
                    100 + i,
                    draft.ports,
                    draft.routes,
                    draft.rules,
                    draft.wayOut,
                    draft.forwards,
                    draft.sourceNat,
                    draft.formerName));
        }
        return new HostState(machine, drawn, stale, weir, whole, List.of());
    }

    List<Finding> findings() {
        return Doctor.examine(state()).findings();
    }

    /// Red (10.0.0.2) and blue (10.0.0.3) behind ports of br0 (10.0.0.1), and an uplink with a gateway that
    /// nobody knows; the host masquerades.
    static Sketch ofTwoOnABridge() {
        Sketch host = new Sketch();
        Place bridge = host.bridge(10, "br0");
        host.address(bridge, "10.0.0.1/24");
        for (String name : List.of("red", "blue")) {
            int number = host.named(name);
            Place veth = host.veth(HOST, 10 + number, "veth-" + name, number);
            host.master(veth, 10);
            Place inner = new Place(number, 2);
            host.address(inner, "10.0.0." + (number + 1) + "/24");
            host.wayOut(inner, "10.0.0.1");
        }
        Place uplink = host.add(HOST, 20, "eth9", "", 1, null);
        host.address(uplink, "198.51.100.2/24");
        host.wayOut(uplink, "198.51.100.1");
        host.offloads(uplink, true, true);
        host.masquerade("10.0.0.0", 24, "*");
        return host;
    }

    static final Place BRIDGE = new Place(HOST, 10);
    static final Place VETH_RED = new Place(HOST, 11);
    static final Place RED = new Place(1, 2);
    static final Place BLUE = new Place(2, 2);
    static final Place UPLINK = new Place(HOST, 20);

    void masquerade(String network, int prefixLength, String device) {
        Objects.requireNonNull(spaces.get(HOST).sourceNat)
                .add(new SourceNat(
                        new SourceNat.Match<>(new SourceNat.Network(IpAddress.parse(network), prefixLength), false),
                        new SourceNat.Match<>(device, false)));
    }
}
