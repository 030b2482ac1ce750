// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Verdict;
import dev.weir.agent.doctor.HostState.Place;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.Pitfall;
import dev.weir.policy.Cidr;
import dev.weir.policy.Decision;
import dev.weir.policy.Holder;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicyEvaluator;
import dev.weir.policy.Rule;
import dev.weir.policy.Service;
import dev.weir.policy.Target;
import dev.weir.policy.Traffic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A namespace whose way to the world is a tunnel, and whose policies let more than the tunnel's own packets
/// out beside it. What goes to single addresses is taken for the tunnel's; a way to a whole network, to the
/// host or to another namespace, or to whatever no rule names, is a leak.
final class KillSwitch {
    /// Where the world is asked for: RFC 5737, RFC 3849.
    private static final List<IpAddress> WORLD = Stream.of("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1")
            .map(IpAddress::parse)
            .toList();

    private static final List<Service> SERVICES = List.of(
            new Service(Service.UDP, 53, 53),
            new Service(Service.TCP, 443, 443),
            Service.ofIcmpCode(Service.ICMP, 8, 0),
            Service.ofIcmpCode(Service.ICMPV6, 128, 0));

    /// What may be tried.
    ///
    /// @param service that it stands for
    private record Opening(Service service, Traffic traffic) {}

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,40}");

    private KillSwitch() {}

    static List<Finding> find(HostState host) {
        List<Finding> found = new ArrayList<>();
        Wires wires = new Wires(host);
        for (Wires.Pair pair : wires.pairs()) {
            Space space = host.space(pair.inner());
            if (pair.inner().space() != 0
                    && pair.host().space() == 0
                    && isTunnelled(space)
                    && host.weir().config().namespaces().selects(space.name())) {
                leak(host, space, pair.host()).ifPresent(leak -> found.add(finding(host, space, pair.inner(), leak)));
            }
        }
        return found;
    }

    /// Whether what it sends to the world goes into a tunnel, in every family in which it goes anywhere.
    private static boolean isTunnelled(Space space) {
        return !space.wayOut().isEmpty()
                && space.wayOut().keySet().stream()
                        .allMatch(family ->
                                space.portOut(family).filter(Port::isTunnel).isPresent());
    }

    /// What may leave by a device though it is not the tunnel's; empty: nothing.
    private static Optional<String> leak(HostState host, Space space, Place device) {
        Weir weir = host.weir();
        Target target = weir.config()
                .namespaces()
                .target(space.name(), host.port(device).name());
        List<Policy> policies = weir.policies().selecting(target);
        return openings(host, policies)
                .map(opening -> Map.entry(
                        opening,
                        PolicyEvaluator.evaluate(policies, weir.config().unselected(), opening.traffic())))
                .filter(judged -> judged.getValue().verdict() == Verdict.ALLOW
                        || judged.getValue().verdict() == Verdict.AUDIT)
                .findFirst()
                .map(judged -> told(judged.getKey(), judged.getValue()));
    }

    private static String told(Opening opening, Decision decision) {
        Traffic traffic = opening.traffic();
        return "%s to %s may leave beside it, by %s"
                .formatted(
                        opening.service(),
                        traffic.holder()
                                .map(Object::toString)
                                .orElse(traffic.outside().toString()),
                        decision.id());
    }

    /// Some for each rule that lets more through than to single addresses, and some for what no rule names.
    private static Stream<Opening> openings(HostState host, List<Policy> policies) {
        Stream<Opening> named = policies.stream()
                .flatMap(policy -> policy.section(Direction.EGRESS).rules().stream())
                .filter(rule -> rule.verdict() == Verdict.ALLOW)
                .flatMap(rule -> rule.peers().stream().flatMap(peer -> openings(host, rule, peer)));
        return Stream.concat(named, WORLD.stream().flatMap(address -> to(SERVICES, address, Optional.empty())));
    }

    private static Stream<Opening> openings(HostState host, Rule rule, Peer peer) {
        return switch (peer) {
            case Peer.Any() -> WORLD.stream().flatMap(address -> to(rule.services(), address, Optional.empty()));
            case Cidr cidr -> wide(rule, cidr);
            case Peer.InSet(var set) -> set.prefixes().stream().flatMap(prefix -> wide(rule, prefix));
            // the tunnel may end there, so only what no tunnel is made of counts
            case Peer.Holding holding ->
                holders(host)
                        .filter(holding::names)
                        .flatMap(holder -> to(SERVICES, WORLD.getFirst(), Optional.of(holder)));
        };
    }

    private static Stream<Holder> holders(HostState host) {
        return host.spaces().stream()
                .map(space -> space.reach() instanceof Space.Reach.Host
                        ? new Holder.Host()
                        : host.weir().config().namespaces().holder(space.name()));
    }

    private static Stream<Opening> wide(Rule rule, Cidr cidr) {
        return Subnets.isShared(cidr)
                ? Stream.of(cidr.network(), cidr.last())
                        .flatMap(address -> to(rule.services(), address, Optional.empty()))
                : Stream.empty();
    }

    private static Stream<Opening> to(List<Service> services, IpAddress address, Optional<Holder> holder) {
        return services.stream()
                .flatMap(service -> service.protocol() == Service.ANY_PROTOCOL ? SERVICES.stream() : Stream.of(service))
                .map(service -> new Opening(
                        service, new Traffic(Direction.EGRESS, address, holder, service.protocol(), service.first())));
    }

    private static Finding finding(HostState host, Space space, Place veth, String leak) {
        String tunnel = tunnels(space).getFirst();
        return Finding.error(
                Pitfall.NO_KILL_SWITCH,
                space.where(),
                "its only way out is the tunnel %s, but %s".formatted(tunnel, leak),
                "when the tunnel is down, or a route leads past it, what should be hidden leaves in the open",
                mend(host.weir(), space, veth, tunnel));
    }

    private static List<String> tunnels(Space space) {
        return space.wayOut().keySet().stream()
                .sorted()
                .flatMap(family -> space.portOut(family).stream())
                .map(Port::name)
                .distinct()
                .toList();
    }

    /// Writes a policy that stands in front of all others. Where the tunnel leads to is what the namespace
    /// has a route of its own to, past the tunnel; else WireGuard is asked.
    private static String mend(Weir weir, Space space, Place veth, String tunnel) {
        List<String> ends = space.routes().stream()
                .filter(entry -> entry.ifindex() == veth.ifindex() && !Subnets.isShared(Subnets.of(entry)))
                .map(entry -> entry.network().toString())
                .distinct()
                .toList();
        String name = "0-kill-switch-" + (NAME.matcher(space.name()).matches() ? space.name() : space.inode());
        String before =
                """
                policy: "%s"
                applies-to: {namespaces: ["%s"]}
                priority: 0
                egress: {rules: [{name: tunnel, allow: [udp, tcp], to: ["
                """.strip().formatted(name, space.name().replace("\\", "\\\\").replace("\"", "\\\""));
        String after = "\"]}, {name: others, deny: any}]}";
        String file = Quoted.of(weir.config().policies().resolve(name + ".yaml").toString());
        return ends.isEmpty()
                ? "end=$(%s | awk '{ sub(/:[0-9]+$/, \"\", $2); gsub(/[][]/, \"\", $2); print $2 }') && echo %s\"$end\"%s > %s"
                        .formatted(
                                space.run("wg show " + Quoted.of(tunnel) + " endpoints"),
                                Quoted.of(before),
                                Quoted.of(after),
                                file)
                : "echo %s > %s".formatted(Quoted.of(before + String.join("\", \"", ends) + after), file);
    }
}
