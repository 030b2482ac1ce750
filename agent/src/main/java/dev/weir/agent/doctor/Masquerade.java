// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.IpAddress;
import dev.weir.agent.doctor.HostState.Place;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.SourceNat;
import dev.weir.policy.Cidr;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A namespace with a private address whose way to the world leads through others, of which none gives its packets an
/// address that the world can answer to. Those that know the way back need not. IPv6 is routed as it is.
final class Masquerade {
    private static final int MAX_HOPS = 8;

    private final HostState host;
    private final Wires wires;

    /// Where translation is missing.
    private record Gap(int space, String device, Cidr sources) {}

    private Masquerade(HostState host) {
        this.host = host;
        this.wires = new Wires(host);
    }

    static List<Finding> find(HostState host) {
        Masquerade check = new Masquerade(host);
        Map<Gap, List<String>> gaps = new LinkedHashMap<>();
        for (int space = 0; space < host.spaces().size(); space++) {
            String name = host.spaces().get(space).name();
            check.gap(space)
                    .ifPresent(gap ->
                            gaps.computeIfAbsent(gap, none -> new ArrayList<>()).add(name));
        }
        return gaps.entrySet().stream()
                .map(each -> check.finding(each.getKey(), each.getValue()))
                .toList();
    }

    private Optional<Gap> gap(int sender) {
        Optional<InterfaceAddress> source = host.spaces().get(sender).portOut(Space.Family.IPV4).stream()
                .flatMap(port -> port.reachable().stream())
                .filter(address -> Subnets.isPrivate(address.address()))
                .findFirst();
        Optional<Wires.Hop> hop = wires.hop(sender, Space.Family.IPV4);
        for (int hops = 0; source.isPresent() && hop.isPresent() && hops < MAX_HOPS; hops++) {
            int router = hop.get().router().space();
            Space space = host.spaces().get(router);
            Port out = space.portOut(Space.Family.IPV4).orElse(null);
            List<SourceNat> rules = space.sourceNat();
            IpAddress address = source.get().address();
            if (out == null
                    || rules == null
                    || out.isTunnel() // whoever is at its other end may well know the way back
                    || rules.stream().anyMatch(rule -> rule.covers(address, out.name()))) {
                return Optional.empty();
            }
            Place left = new Place(router, out.ifindex());
            if (wires.wire(left).equals(wires.wire(hop.get().router()))) {
                return Optional.empty(); // sent back to the wire that it came from
            }
            hop = wires.hop(router, Space.Family.IPV4);
            if (hop.isEmpty() || !answers(hop.get().router(), address)) {
                return Optional.of(new Gap(router, out.name(), Subnets.of(source.get())));
            }
        }
        return Optional.empty();
    }

    /// Whether whoever takes a packet sends answers back by the device that it came in by.
    private boolean answers(Place router, IpAddress source) {
        return host.space(router)
                .routeTo(source)
                .filter(entry -> entry.ifindex() == router.ifindex())
                .isPresent();
    }

    private Finding finding(Gap gap, List<String> senders) {
        Space space = host.spaces().get(gap.space);
        boolean plain = Quoted.of(gap.device).equals(gap.device);
        return Finding.error(
                Pitfall.NO_MASQUERADE,
                space.where(),
                "%s leaves by %s with its private addresses, and is the way out of %s"
                        .formatted(gap.sources, gap.device, Space.few(senders)),
                "whoever is asked out there cannot answer",
                space.run("nft "
                        + Quoted.of("add table ip netns_nat; "
                                + "add chain ip netns_nat postrouting { type nat hook postrouting priority 100; }; "
                                + "add rule ip netns_nat postrouting ip saddr %s%s masquerade"
                                        .formatted(gap.sources, plain ? " oifname \"" + gap.device + "\"" : ""))));
    }
}
