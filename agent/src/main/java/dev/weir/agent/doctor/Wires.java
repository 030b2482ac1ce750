// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.IpAddress;
import dev.weir.agent.doctor.HostState.Place;
import dev.weir.net.Route;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/// Where frames go without a router: veths join their two ends, and bridges their ports.
final class Wires {
    static final Comparator<Place> ORDER = Comparator.comparingInt(Place::space).thenComparingInt(Place::ifindex);

    private final HostState host;
    private final Map<Place, Place> joined = new HashMap<>();
    private final Map<Place, List<Place>> stations = new HashMap<>();

    /// The two ends of a veth.
    ///
    /// @param host the one that comes first, the host's if one is there
    record Pair(Place host, Place inner) {}

    /// From one namespace to the next.
    ///
    /// @param from the device that it is left by
    /// @param router the device of another namespace that takes it
    record Hop(Place from, Place router) {}

    Wires(HostState host) {
        this.host = host;
        all().forEach(place -> joined.put(place, place));
        for (Place place : all()) {
            Port port = host.port(place);
            if (port.peer() != null) {
                join(place, port.peer());
            }
            Place master = new Place(place.space(), port.device().masterIfindex());
            if (isBridged(place)) {
                join(place, master);
            }
        }
        all().stream()
                .filter(place -> !isBridged(place))
                .forEach(place -> stations.computeIfAbsent(wire(place), none -> new ArrayList<>())
                        .add(place));
    }

    private List<Place> all() {
        List<Place> places = new ArrayList<>();
        for (int space = 0; space < host.spaces().size(); space++) {
            for (int ifindex : host.spaces().get(space).ports().keySet()) {
                places.add(new Place(space, ifindex));
            }
        }
        places.sort(ORDER);
        return places;
    }

    private boolean isBridged(Place place) {
        Port master = host.space(place).ports().get(host.port(place).device().masterIfindex());
        return master != null && master.isBridge();
    }

    private void join(Place one, Place other) {
        if (joined.containsKey(other)) {
            joined.put(wire(one), wire(other));
        }
    }

    /// What stands for the wire that a device is on; devices on one wire have the same.
    Place wire(Place place) {
        Place at = place;
        Place next = Objects.requireNonNull(joined.get(at));
        while (!next.equals(at)) {
            at = next;
            next = Objects.requireNonNull(joined.get(at));
        }
        return at;
    }

    /// Whoever can have addresses on each wire: bridges, and ends that are ports of none.
    List<List<Place>> all(Predicate<List<Place>> which) {
        return stations.values().stream()
                .filter(which)
                .sorted(Comparator.comparing(List::getFirst, ORDER))
                .toList();
    }

    /// Whoever can have addresses on the wire that a device is on.
    List<Place> stations(Place place) {
        return stations.getOrDefault(wire(place), List.of());
    }

    /// Whoever another one hands packets to for `gateway`: who holds it, or, without one, whoever else is
    /// there, if that is one alone.
    Optional<Place> router(Place from, Optional<IpAddress> gateway) {
        List<Place> others = stations(from).stream()
                .filter(place -> place.space() != from.space())
                .toList();
        return gateway.isEmpty()
                ? others.stream().findFirst().filter(only -> others.size() == 1)
                : others.stream()
                        .filter(place -> host.port(place).holds(gateway.get()))
                        .findFirst();
    }

    /// All veths of which both ends are known.
    List<Pair> pairs() {
        List<Pair> pairs = new ArrayList<>();
        for (Place place : all()) {
            Place peer = host.port(place).peer();
            if (peer != null && ORDER.compare(place, peer) < 0) {
                pairs.add(new Pair(place, peer));
            }
        }
        return pairs;
    }

    /// The first step of a namespace's way to the world, where it is known who takes it.
    Optional<Hop> hop(int space, Space.Family family) {
        Space sender = host.spaces().get(space);
        Route out = sender.wayOut().get(family);
        if (out == null || !sender.ports().containsKey(out.ifindex())) {
            return Optional.empty();
        }
        Place from = new Place(space, out.ifindex());
        return router(from, out.gateway()).map(router -> new Hop(from, router));
    }
}
