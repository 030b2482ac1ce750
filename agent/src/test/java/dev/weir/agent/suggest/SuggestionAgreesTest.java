// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.suggest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Verdict;
import dev.weir.policy.Holder;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicyEvaluator;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Rule;
import dev.weir.policy.Traffic;
import dev.weir.policy.yaml.ExactService;
import dev.weir.policy.yaml.PolicyLoader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// The oracle's word on suggestions: what was seen passes, all else does not.
class SuggestionAgreesTest {
    /// Two addresses of red, whose second one only its name can make pass.
    private static final Map<IpAddress, Holder> HOLDERS = Map.of(
            IpAddress.parse("10.10.0.2"), Holder.Namespace.of("red"),
            IpAddress.parse("2001:db8:10::2"), Holder.Namespace.of("red"),
            IpAddress.parse("10.10.0.4"), Holder.Namespace.of("green"),
            IpAddress.parse("10.10.0.1"), new Holder.Host());

    private static final List<String> SERVICES = List.of(
            "tcp/79",
            "tcp/80",
            "tcp/81",
            "tcp/82",
            "tcp/83",
            "udp/80",
            "udp/81",
            "sctp/81",
            "icmp/8/0",
            "icmp/3/0",
            "icmp/3/1",
            "icmpv6/128/0",
            "proto/47",
            "proto/0",
            "tcp/0",
            "tcp/65535");

    private static final List<IpAddress> PEERS = peers();

    /// What was seen of somebody: of all addresses of a holder as one.
    private record Sight(Direction direction, Object who, String service) {}

    @Property
    void exactlyWhatWasSeenPasses(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 120) int flows,
            @ForAll @IntRange(min = 1, max = 40) int peers,
            @ForAll @IntRange(min = 1, max = 16) int services) {
        Random random = new Random(seed);
        Town town = new Town();
        town.namespace("red", "2001:db8:10::2");
        Set<Sight> seen = new HashSet<>();
        for (int flow = 0; flow < flows; flow++) {
            Direction direction = random.nextBoolean() ? Direction.EGRESS : Direction.INGRESS;
            IpAddress peer = PEERS.get(random.nextInt(peers));
            String service = SERVICES.get(random.nextInt(services));
            town.sighting(direction, peer, service);
            seen.add(new Sight(direction, who(peer), service));
        }
        PolicySet suggested = suggested(town);
        for (Direction direction : List.of(Direction.EGRESS, Direction.INGRESS)) {
            for (IpAddress peer : PEERS) {
                for (String service : SERVICES) {
                    Verdict verdict = PolicyEvaluator.evaluate(
                                    suggested.policies(), Verdict.ALLOW, traffic(direction, peer, service))
                            .verdict();
                    Verdict expected =
                            seen.contains(new Sight(direction, who(peer), service)) ? Verdict.ALLOW : Verdict.DENY;
                    assertEquals(expected, verdict, () -> direction + " " + service + " " + peer);
                }
            }
        }
        assertFew(suggested.policies().getFirst(), seen);
    }

    /// No more rules than there are peers, nor than there are services.
    private static void assertFew(Policy policy, Set<Sight> seen) {
        for (Direction direction : List.of(Direction.EGRESS, Direction.INGRESS)) {
            List<Rule> rules = policy.section(direction).rules();
            List<Sight> these =
                    seen.stream().filter(each -> each.direction() == direction).toList();
            assertTrue(rules.size() <= these.stream().map(Sight::who).distinct().count());
            assertTrue(rules.size()
                    <= these.stream().map(Sight::service).distinct().count());
        }
    }

    private static PolicySet suggested(Town town) {
        String text =
                Suggestion.text(new Suggestion.Request("blue", "blue", Long.MAX_VALUE), town.observed(), List.of());
        PolicyLoader.Loaded loaded =
                assertInstanceOf(PolicyLoader.Loaded.class, PolicyLoader.parse("blue.yaml", text), text);
        assertEquals(List.of(), loaded.warnings(), text);
        return loaded.policies();
    }

    private static Object who(IpAddress peer) {
        Holder holder = HOLDERS.get(peer);
        return holder == null ? peer : holder;
    }

    private static Traffic traffic(Direction direction, IpAddress peer, String service) {
        ExactService exact = ExactService.parse(service);
        return new Traffic(direction, peer, Optional.ofNullable(HOLDERS.get(peer)), exact.protocol(), exact.port());
    }

    /// Who is held by somebody, whole prefixes and their neighbours, and the ends of what there is.
    private static List<IpAddress> peers() {
        List<IpAddress> peers = new ArrayList<>();
        List.of("10.10.0.2", "2001:db8:10::2", "192.0.2.7", "10.10.0.4", "10.10.0.1")
                .forEach(address -> peers.add(IpAddress.parse(address)));
        for (int host = 8; host < 26; host++) {
            peers.add(IpAddress.parse("192.0.2." + host));
        }
        for (int host = 0; host < 12; host++) {
            peers.add(IpAddress.parse("2001:db8::" + Integer.toHexString(host)));
        }
        List.of(
                        "0.0.0.0",
                        "255.255.255.255",
                        "::",
                        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                        "224.0.0.251",
                        "ff02::fb")
                .forEach(address -> peers.add(IpAddress.parse(address)));
        return peers;
    }
}
