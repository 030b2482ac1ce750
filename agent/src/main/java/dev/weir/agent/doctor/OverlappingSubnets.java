// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.IpAddress;
import dev.weir.agent.doctor.HostState.Place;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.RouteEntry;
import dev.weir.policy.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Two segments of one namespace, such as two bridges of the host, with subnets that overlap. That is as it should be
/// where a VRF or a rule of routing tells them apart.
final class OverlappingSubnets {
    private record Subnet(Place place, InterfaceAddress address, Cidr cidr) {}

    private final HostState host;
    private final Wires wires;
    private final List<Cidr> used;

    private OverlappingSubnets(HostState host) {
        this.host = host;
        this.wires = new Wires(host);
        this.used = new ArrayList<>(Renumbering.subnets(host));
    }

    static List<Finding> find(HostState host) {
        OverlappingSubnets check = new OverlappingSubnets(host);
        List<Finding> found = new ArrayList<>();
        for (int space = 0; space < host.spaces().size(); space++) {
            List<Subnet> subnets = check.subnets(space);
            for (int i = 0; i < subnets.size(); i++) {
                Subnet later = subnets.get(i);
                subnets.subList(0, i).stream()
                        .filter(earlier -> check.clash(earlier, later))
                        .findFirst()
                        .ifPresent(earlier -> found.add(check.finding(earlier, later)));
            }
        }
        return found;
    }

    /// Of all devices with others on their wire, in the order of ifindexes.
    private List<Subnet> subnets(int space) {
        List<Subnet> subnets = new ArrayList<>();
        host.spaces().get(space).ports().values().stream()
                .map(port -> new Place(space, port.ifindex()))
                .sorted(Wires.ORDER)
                .filter(place -> wires.stations(place).contains(place))
                .forEach(place -> host.port(place).reachable().stream()
                        .map(address -> new Subnet(place, address, Subnets.of(address)))
                        .filter(subnet -> Subnets.isShared(subnet.cidr)
                                && !host.port(place).name().equals("lo"))
                        .forEach(subnets::add));
        return subnets;
    }

    private boolean clash(Subnet one, Subnet other) {
        return Subnets.overlap(one.cidr, other.cidr)
                && !wires.wire(one.place).equals(wires.wire(other.place))
                && !isApart(one.place)
                && !isApart(other.place);
    }

    /// Whether a routing table of its own is for what comes from there, or for what is marked as belonging there.
    private boolean isApart(Place place) {
        Space space = host.space(place);
        Port port = host.port(place);
        return port.isPort() // its routes are in the table of its VRF
                || space.rules().stream()
                        .filter(rule -> rule.table() != RouteEntry.MAIN)
                        .anyMatch(rule -> rule.device().equals(port.name())
                                || (rule.mark() != 0 && leadsTo(space, rule.table(), port.ifindex())));
    }

    private static boolean leadsTo(Space space, int table, int ifindex) {
        return space.routes().stream().anyMatch(route -> route.table() == table && route.ifindex() == ifindex);
    }

    private Finding finding(Subnet earlier, Subnet later) {
        Space space = host.space(later.place);
        return Finding.error(
                Pitfall.OVERLAPPING_SUBNETS,
                space.where(),
                "the subnet %s of %s overlaps %s of %s"
                        .formatted(
                                later.cidr,
                                host.port(later.place).name(),
                                earlier.cidr,
                                host.port(earlier.place).name()),
                "one route holds for both, so what is sent to whoever is behind one of them goes to the other",
                String.join(" && ", renumber(later)));
    }

    /// Moves everybody on the wire, who is in that subnet, into a free one.
    private List<String> renumber(Subnet later) {
        Optional<Cidr> free = Subnets.free(later.cidr.network().isV4(), later.cidr.length(), used);
        if (free.isEmpty()) {
            return List.of("ip link del dev " + Quoted.of(host.port(later.place).name()));
        }
        used.add(free.get());
        List<String> commands = new ArrayList<>();
        for (Place place : wires.stations(later.place)) {
            for (InterfaceAddress address : host.port(place).reachable()) {
                if (later.cidr.contains(address.address())) {
                    IpAddress moved = moved(later.cidr, free.get(), address.address());
                    commands.addAll(Renumbering.commands(
                            host, place, address, moved, gateway -> moved(later.cidr, free.get(), gateway)));
                }
            }
        }
        return commands;
    }

    /// The address of the same place in another subnet; one that is outside stays.
    private static IpAddress moved(Cidr from, Cidr to, IpAddress address) {
        return from.contains(address)
                ? new IpAddress(
                        to.network().high() | (address.high() & ~from.network().high()),
                        to.network().low() | (address.low() & ~from.network().low()))
                : address;
    }
}
