// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.agent.doctor.HostState.Place;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A namespace that sends to the world by another one, which does not forward.
final class Forwarding {
    /// What is switched off.
    private record Switch(int space, Space.Family family, int ifindex) {}

    private Forwarding() {}

    static List<Finding> find(HostState host) {
        Wires wires = new Wires(host);
        Map<Switch, List<String>> off = new LinkedHashMap<>();
        for (int space = 0; space < host.spaces().size(); space++) {
            Space from = host.spaces().get(space);
            for (Space.Family family : from.wayOut().keySet().stream().sorted().toList()) {
                wires.hop(space, family)
                        .filter(hop -> leadsOn(host, wires, hop.router()))
                        .flatMap(hop -> off(host, hop.router(), family))
                        .ifPresent(found -> off.computeIfAbsent(found, none -> new ArrayList<>())
                                .add(from.name()));
            }
        }
        return off.entrySet().stream()
                .map(each -> finding(host, each.getKey(), each.getValue()))
                .toList();
    }

    /// Whether there is anywhere to forward to. A namespace at the end of one wire is where the world ends; the host is
    /// never taken for that.
    private static boolean leadsOn(HostState host, Wires wires, Place router) {
        return router.space() == 0
                || host.space(router).ports().values().stream()
                        .filter(port ->
                                !port.reachable().isEmpty() && !port.name().equals("lo"))
                        .map(port -> new Place(router.space(), port.ifindex()))
                        .anyMatch(place -> !wires.wire(place).equals(wires.wire(router)));
    }

    private static Optional<Switch> off(HostState host, Place router, Space.Family family) {
        Space space = host.space(router);
        if (!space.forwards().getOrDefault(family, true)) {
            return Optional.of(new Switch(router.space(), family, 0));
        }
        return family == Space.Family.IPV4 && !host.port(router).forwards()
                ? Optional.of(new Switch(router.space(), family, router.ifindex()))
                : Optional.empty();
    }

    private static Finding finding(HostState host, Switch off, List<String> senders) {
        Space space = host.spaces().get(off.space);
        String device = off.ifindex == 0 ? "" : space.port(off.ifindex).name();
        String setting = off.ifindex == 0
                ? off.family.forwarding()
                : "net/ipv4/conf/" + device + "/forwarding"; // with slashes, for devices with dots in their names
        return Finding.error(
                Pitfall.FORWARDING_OFF,
                space.where(),
                "%s is not forwarded%s, and is the way out of %s"
                        .formatted(off.family, device.isEmpty() ? "" : " from " + device, Space.few(senders)),
                "what these send beyond it is dropped there, without a word",
                space.run("sysctl -w " + Quoted.of(setting + "=1")));
    }
}
