// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.IpAddress;
import dev.weir.agent.doctor.HostState.Place;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.Route;
import dev.weir.policy.Cidr;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// Commands that give devices other addresses.
final class Renumbering {
    private Renumbering() {}

    /// All subnets that are in use anywhere: of addresses, and of routes that lead to less than everything.
    static List<Cidr> subnets(HostState host) {
        List<Cidr> used = new ArrayList<>();
        for (Space space : host.spaces()) {
            space.ports().values().forEach(port -> port.reachable().forEach(each -> used.add(Subnets.of(each))));
            space.routes().stream()
                    .map(Subnets::of)
                    .filter(each -> each.length() > 8)
                    .forEach(used::add);
        }
        return used;
    }

    /// What gives a device another address in the place of `from`. With the last address of its family, a device loses
    /// its routes, so the way out is laid again.
    ///
    /// @param gateway the one to send to, of the one that was sent to
    static List<String> commands(
            HostState host, Place place, InterfaceAddress from, IpAddress to, UnaryOperator<IpAddress> gateway) {
        Space space = host.space(place);
        String device = Quoted.of(host.port(place).name());
        List<String> commands = new ArrayList<>();
        commands.add(
                space.ip("address del %s dev %s".formatted(Subnets.text(from.address(), from.prefixLength()), device)));
        commands.add(space.ip("address add %s dev %s".formatted(Subnets.text(to, from.prefixLength()), device)));
        Route out = space.wayOut().get(to.isV4() ? Space.Family.IPV4 : Space.Family.IPV6);
        if (out != null && out.ifindex() == place.ifindex()) {
            out.gateway()
                    .map(gateway)
                    .ifPresent(via -> commands.add(space.ip(
                            "%sroute replace default via %s dev %s".formatted(to.isV4() ? "" : "-6 ", via, device))));
        }
        return commands;
    }
}
