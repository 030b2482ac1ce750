// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.IpAddress;
import dev.weir.agent.doctor.HostState.Place;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.Route;
import dev.weir.policy.Cidr;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A veth of which an end has no address, and is no port of a bridge either. One through which its namespace
/// has a route does without.
final class VethAddresses {
    private final HostState host;
    private final Wires wires;
    private final Set<IpAddress> given = new HashSet<>();
    private final List<Cidr> used = new ArrayList<>();

    private VethAddresses(HostState host) {
        this.host = host;
        this.wires = new Wires(host);
        used.addAll(Renumbering.subnets(host));
    }

    static List<Finding> find(HostState host) {
        VethAddresses check = new VethAddresses(host);
        return check.wires.pairs().stream().flatMap(check::find).toList();
    }

    private Stream<Finding> find(Wires.Pair pair) {
        List<Place> bare =
                Stream.of(pair.host(), pair.inner()).filter(this::isBare).toList();
        if (bare.isEmpty()) {
            return Stream.empty();
        }
        String ends = bare.stream().map(end -> VethStates.called(host, end)).collect(Collectors.joining(" and "));
        return Stream.of(Finding.error(
                Pitfall.VETH_WITHOUT_ADDRESS,
                host.space(pair.inner()).where(),
                ends + (bare.size() == 1 ? " has no address" : " have no address"),
                "nothing can be sent to it, and what is behind it has nobody to answer",
                mend(pair.inner(), bare)));
    }

    private boolean isBare(Place end) {
        Port port = host.port(end);
        return !port.isPort()
                && port.reachable().isEmpty()
                && host.space(end).routes().stream()
                        .noneMatch(entry -> entry.ifindex() == end.ifindex() && !Subnets.isOfAnyLink(entry));
    }

    private String mend(Place inner, List<Place> bare) {
        List<InterfaceAddress> others = wires.stations(inner).stream()
                .flatMap(place -> host.port(place).reachable().stream())
                .filter(address -> Subnets.isShared(Subnets.of(address)))
                .toList();
        Cidr subnet = others.isEmpty() ? Subnets.free(true, 24, used).orElseThrow() : Subnets.of(others.getFirst());
        used.add(subnet);
        return bare.stream()
                .map(end -> host.space(end)
                        .ip("address add %s dev %s"
                                .formatted(
                                        Subnets.text(address(end, subnet), subnet.length()),
                                        Quoted.of(host.port(end).name()))))
                .collect(Collectors.joining(" && "));
    }

    /// The gateway that the others on the wire send to, if they look for one that nobody is, else a free one.
    private IpAddress address(Place end, Cidr subnet) {
        Optional<IpAddress> wanted = wires.stations(end).stream()
                .filter(place -> !place.equals(end))
                .flatMap(place -> host.space(place).wayOut().values().stream()
                        .filter(route -> route.ifindex() == place.ifindex()))
                .map(Route::gateway)
                .flatMap(Optional::stream)
                .filter(gateway -> subnet.contains(gateway) && !isTaken(end, gateway))
                .findFirst();
        IpAddress address = wanted.or(() -> Subnets.free(subnet, each -> isTaken(end, each)))
                .orElse(subnet.network());
        given.add(address);
        return address;
    }

    private boolean isTaken(Place end, IpAddress address) {
        return given.contains(address)
                || wires.stations(end).stream()
                        .anyMatch(place -> host.port(place).holds(address));
    }
}
