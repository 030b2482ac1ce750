// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.gen;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.OnChange;
import dev.weir.abi.Verdict;
import dev.weir.policy.AddressSet;
import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import dev.weir.policy.Holder;
import dev.weir.policy.Mode;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.Rule;
import dev.weir.policy.Section;
import dev.weir.policy.Selector;
import dev.weir.policy.Service;
import dev.weir.policy.SourcePosition;
import dev.weir.policy.Traffic;
import dev.weir.policy.compile.HolderRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/// Generates [Scenario]s. Addresses, ports and names come from small pools, so that rules overlap, nest and
/// touch; traffic is aimed at what the rules name: the first and last address of a prefix, the ends of a
/// range, and one beyond each.
public final class Scenarios {
    private static final List<String> GLOBS = List.of("blue", "red", "tenant-?", "tenant-*", "*", "d?", "*e*", "none");
    private static final List<Peer> LABELS = List.of(
            new Peer.LabelSelector("tier", "web"),
            new Peer.LabelSelector("tier", "db"),
            new Peer.LabelSelector("tier", "none"),
            new Peer.LabelSelector("none", "web"));
    private static final List<Holder> HOLDERS = List.of(
            new Holder.Host(),
            new Holder.Namespace("blue", Map.of("tier", "web")),
            new Holder.Namespace("red", Map.of("tier", "web", "site", "none")),
            new Holder.Namespace("tenant-1", Map.of("tier", "db")),
            Holder.Namespace.of("tenant-2"),
            Holder.Namespace.of("db"));
    private static final List<Verdict> ACTIONS = List.of(Verdict.ALLOW, Verdict.DENY, Verdict.REJECT);
    private static final List<String> ADDRESSES = List.of(
            "192.0.2.0",
            "192.0.2.127",
            "192.0.2.128",
            "198.51.100.77",
            "0.0.0.0",
            "127.255.255.255",
            "128.0.0.0",
            "255.255.255.255",
            "2001:db8::",
            "2001:db8:0:1::",
            "2001:db8::ffff:ffff:ffff:ffff",
            "::",
            "::fffe:ffff:ffff",
            "::1:0:0:0",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    private static final List<Integer> PORTS = List.of(0, 1, 79, 80, 81, 443, 8000, 8099, 0xfffe, 0xffff);
    private static final List<Integer> ICMP_TYPES = List.of(0, 3, 8, 128, 255);
    private static final List<Integer> PROTOCOLS = List.of(0, 1, 2, 6, 17, 47, 58, 132, 255);
    private static final SourcePosition NOWHERE = new SourcePosition(1, 1);

    private Scenarios() {}

    /// Up to four policies with up to eight rules a section, and up to 24 openings of flows.
    public static Arbitrary<Scenario> scenarios() {
        Arbitrary<List<Integer>> numbers = Arbitraries.integers()
                .between(Limits.HOST_NUMBER + 1, 12)
                .list()
                .ofSize(HOLDERS.size())
                .uniqueElements();
        return Combinators.combine(policies(), Arbitraries.of(ACTIONS), numbers)
                .flatAs((policies, unselected, given) -> {
                    List<HolderRef> universe = IntStream.range(0, HOLDERS.size())
                            .mapToObj(i -> HOLDERS.get(i) instanceof Holder.Host
                                    ? HolderRef.HOST
                                    : new HolderRef(given.get(i), HOLDERS.get(i)))
                            .toList();
                    return traffic(policies)
                            .list()
                            .ofMinSize(1)
                            .ofMaxSize(24)
                            .map(traffic -> new Scenario(policies, unselected, universe, traffic));
                });
    }

    /// Policies in the order of judgement, all of which select every namespace.
    public static Arbitrary<List<Policy>> policies() {
        Arbitrary<Integer> priorities = Arbitraries.of(0, 99, 100, 1000);
        Arbitrary<Mode> modes = Arbitraries.of(Mode.ENFORCE, Mode.ENFORCE, Mode.AUDIT);
        return Combinators.combine(priorities, modes, Arbitraries.of(OnChange.class), section(), section())
                .as(Draft::new)
                .list()
                .ofMaxSize(4)
                .map(drafts -> IntStream.range(0, drafts.size())
                        .mapToObj(i -> drafts.get(i).named("policy-" + i))
                        .sorted(Policy.ORDER)
                        .toList());
    }

    /// Traffic at the edges of what the policies name, and some beside it.
    public static Arbitrary<Traffic> traffic(List<Policy> policies) {
        List<IpAddress> addresses =
                new ArrayList<>(ADDRESSES.stream().map(IpAddress::parse).toList());
        List<Service> services = new ArrayList<>(List.of(Service.ANY, new Service(Service.TCP, 80, 80)));
        for (Policy policy : policies) {
            for (Direction direction : Direction.values()) {
                for (Rule rule : policy.section(direction).rules()) {
                    services.addAll(rule.services());
                    rule.peers().forEach(peer -> edges(peer, addresses));
                }
            }
        }
        Arbitrary<ProtocolAndPort> aimed = Arbitraries.of(services).flatMap(Scenarios::edges);
        Arbitrary<Optional<Holder>> holders = Arbitraries.of(HOLDERS).optional(0.5);
        return Combinators.combine(Arbitraries.of(Direction.class), Arbitraries.of(addresses), holders, aimed)
                .as((direction, outside, holder, to) -> new Traffic(direction, outside, holder, to.protocol, to.port));
    }

    private static Arbitrary<Section> section() {
        Arbitrary<Optional<Section.Default>> defaults = Arbitraries.of(ACTIONS)
                .map(action -> new Section.Default(action, NOWHERE))
                .optional(0.5);
        Arbitrary<List<Body>> rules = Combinators.combine(
                        Arbitraries.of(ACTIONS),
                        service().list().ofMinSize(1).ofMaxSize(3),
                        peer().list().ofMinSize(1).ofMaxSize(3),
                        Arbitraries.of(false, false, false, true))
                .as(Body::new)
                .list()
                .ofMaxSize(8);
        return Combinators.combine(defaults, rules)
                .as((fallback, bodies) -> new Section(
                        fallback,
                        IntStream.range(0, bodies.size())
                                .mapToObj(i -> bodies.get(i).numbered(i + 1))
                                .toList()));
    }

    private static Arbitrary<Service> service() {
        Arbitrary<Integer> ports = Arbitraries.of(PORTS);
        Arbitrary<Integer> ported = Arbitraries.of(Service.TCP, Service.UDP, Service.SCTP);
        Arbitrary<Integer> icmp = Arbitraries.of(Service.ICMP, Service.ICMPV6);
        Arbitrary<Integer> types = Arbitraries.of(ICMP_TYPES);
        return Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just(Service.ANY)),
                Tuple.of(2, Arbitraries.of(PROTOCOLS).map(Service::ofProtocol)),
                Tuple.of(
                        6,
                        Combinators.combine(ported, ports, ports)
                                .as((protocol, a, b) -> new Service(protocol, Math.min(a, b), Math.max(a, b)))),
                Tuple.of(1, Combinators.combine(icmp, types).as(Service::ofIcmpType)),
                Tuple.of(
                        1,
                        Combinators.combine(icmp, types, Arbitraries.of(0, 4, 255))
                                .as(Service::ofIcmpCode)));
    }

    private static Arbitrary<Peer> peer() {
        Arbitrary<IpAddress> near = Combinators.combine(
                        Arbitraries.of(ADDRESSES), Arbitraries.integers().between(0, 7))
                .as((text, more) -> {
                    IpAddress address = IpAddress.parse(text);
                    return new IpAddress(address.high(), address.low() ^ more);
                });
        Arbitrary<Peer> prefixes = Combinators.combine(
                        near, Arbitraries.integers().between(0, 128))
                .as((address, length) -> Cidr.around(address, Math.min(length, Cidr.bits(address))));
        Arbitrary<Peer> sets = prefixes.list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .map(members -> new Peer.InSet(new AddressSet(
                        "set-" + Integer.toHexString(members.hashCode()),
                        members.stream().map(Cidr.class::cast).toList())));
        return Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just(new Peer.Any())),
                Tuple.of(6, prefixes),
                Tuple.of(2, sets),
                Tuple.of(1, Arbitraries.just(new Peer.Host())),
                Tuple.of(1, Arbitraries.of(LABELS)),
                Tuple.of(3, Arbitraries.of(GLOBS).map(glob -> new Peer.NamespaceSelector(new Glob(glob)))));
    }

    /// The first and the last address of a prefix, and their neighbours outside of it.
    private static void edges(Peer peer, List<IpAddress> into) {
        if (peer instanceof Peer.InSet(AddressSet set)) {
            set.prefixes().forEach(prefix -> edges(prefix, into));
        } else if (peer instanceof Cidr cidr) {
            IpAddress first = cidr.network();
            IpAddress last = cidr.last();
            into.add(first);
            into.add(last);
            into.add(new IpAddress(first.low() == 0 ? first.high() - 1 : first.high(), first.low() - 1));
            into.add(new IpAddress(last.low() == -1 ? last.high() + 1 : last.high(), last.low() + 1));
        }
    }

    private static Arbitrary<ProtocolAndPort> edges(Service service) {
        Arbitrary<Integer> protocols = service.protocol() == Service.ANY_PROTOCOL
                ? Arbitraries.of(PROTOCOLS)
                : Arbitraries.frequencyOf(
                        Tuple.of(5, Arbitraries.just(service.protocol())), Tuple.of(1, Arbitraries.of(PROTOCOLS)));
        Arbitrary<Integer> ports = Arbitraries.of(
                service.first(),
                service.last(),
                Math.max(0, service.first() - 1),
                Math.min(Service.MAX_PORT, service.last() + 1));
        return Combinators.combine(protocols, ports).as(ProtocolAndPort::new);
    }

    private record ProtocolAndPort(int protocol, int port) {}

    private record Body(Verdict verdict, List<Service> services, List<Peer> peers, boolean log) {
        Rule numbered(int position) {
            return new Rule(Rule.labelOf(position), verdict, services, peers, log, NOWHERE);
        }
    }

    private record Draft(int priority, Mode mode, OnChange onChange, Section ingress, Section egress) {
        Policy named(String name) {
            return new Policy(
                    name,
                    name + ".yaml",
                    priority,
                    mode,
                    onChange,
                    Selector.ofNamespaces(List.of(new Glob("*"))),
                    ingress,
                    egress,
                    NOWHERE);
        }
    }
}
