// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.IpAddress;
import dev.weir.agent.doctor.HostState.Place;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.net.InterfaceAddress;
import dev.weir.policy.Cidr;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/// One address in two namespaces of one segment, of which the host is one. The one whose device is younger is to
/// change.
final class DuplicateAddresses {
    private DuplicateAddresses() {}

    static List<Finding> find(HostState host) {
        List<Finding> found = new ArrayList<>();
        for (List<Place> wire : new Wires(host).all(stations -> stations.size() > 1)) {
            Map<IpAddress, Place> holders = new HashMap<>();
            Set<IpAddress> given = new HashSet<>();
            for (Place place :
                    wire.stream().sorted(Comparator.comparingInt(host::age)).toList()) {
                for (InterfaceAddress address : host.port(place).reachable()) {
                    Place first = holders.putIfAbsent(address.address(), place);
                    if (first != null && first.space() != place.space()) {
                        found.add(finding(host, wire, first, place, address, given));
                    }
                }
            }
        }
        return found;
    }

    private static Finding finding(
            HostState host,
            List<Place> wire,
            Place first,
            Place second,
            InterfaceAddress address,
            Set<IpAddress> given) {
        Cidr subnet = Subnets.of(address);
        IpAddress free = Subnets.free(
                        subnet,
                        each -> given.contains(each)
                                || wire.stream()
                                        .anyMatch(place -> host.port(place).holds(each)))
                .orElse(subnet.last());
        given.add(free);
        return Finding.error(
                Pitfall.DUPLICATE_ADDRESS,
                host.space(second).where(),
                "%s is the address of %s and of %s, on one segment"
                        .formatted(address.address(), VethStates.called(host, first), VethStates.called(host, second)),
                "what is sent to it reaches now the one and now the other; under the spoof guard one of them can send nothing",
                String.join(" && ", Renumbering.commands(host, second, address, free, UnaryOperator.identity())));
    }
}
