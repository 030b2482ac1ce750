// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.agent.doctor.HostState.Place;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A veth of which an end is down.
final class VethStates {
    private VethStates() {}

    static List<Finding> find(HostState host) {
        List<Finding> found = new ArrayList<>();
        for (Wires.Pair pair : new Wires(host).pairs()) {
            List<Place> down = Stream.of(pair.host(), pair.inner())
                    .filter(end -> !host.port(end).device().up())
                    .toList();
            if (!down.isEmpty()) {
                found.add(finding(host, pair, down));
            }
        }
        return found;
    }

    private static Finding finding(HostState host, Wires.Pair pair, List<Place> down) {
        String ends = down.stream().map(end -> called(host, end)).collect(Collectors.joining(" and "));
        return Finding.error(
                Pitfall.VETH_DOWN,
                host.space(pair.inner()).where(),
                down.size() == 2
                        ? "both ends of a veth are down: " + ends
                        : "%s is down, and with it the other end, %s"
                                .formatted(ends, called(host, down.contains(pair.host()) ? pair.inner() : pair.host())),
                "a veth carries nothing unless both of its ends are up",
                down.stream()
                        .map(end -> host.space(end)
                                .ip("link set dev " + Quoted.of(host.port(end).name()) + " up"))
                        .collect(Collectors.joining(" && ")));
    }

    /// A device, and where it is.
    static String called(HostState host, Place place) {
        Space space = host.space(place);
        return host.port(place).name()
                + (space.reach() instanceof Space.Reach.Host ? " of the host" : " in " + space.name());
    }
}
