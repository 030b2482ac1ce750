// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Direction;
import dev.weir.abi.Verdict;
import java.util.List;
import java.util.Optional;

/// The meaning of policies: walks the rules as written, one after the other. Slow and obviously right; the compiled
/// image and the kernel programs must give the same answers.
public final class PolicyEvaluator {
    private PolicyEvaluator() {}

    /// Judges as if the policies in audit mode were absent. Where that allows what all policies together would not,
    /// and a policy in audit mode is why, the answer is `audit` by its rule, and is always logged.
    ///
    /// @param policies those that select the endpoint, in [Policy#ORDER]
    /// @param unselected what holds where no policy says anything
    public static Decision evaluate(List<Policy> policies, Verdict unselected, Traffic traffic) {
        Decision enforced = first(policies.stream().filter(Policy::isEnforced).toList(), unselected, traffic);
        Decision wanted = first(policies, unselected, traffic);
        return enforced.verdict() == Verdict.ALLOW && wanted.verdict() != Verdict.ALLOW
                ? new Decision(Verdict.AUDIT, wanted.id(), true, wanted.place())
                : enforced;
    }

    /// The first matching rule decides; if none matches, the first default; if there is none, `unselected`.
    private static Decision first(List<Policy> policies, Verdict unselected, Traffic traffic) {
        Direction direction = traffic.direction();
        for (Policy policy : policies) {
            for (Rule rule : policy.section(direction).rules()) {
                if (matches(rule, traffic)) {
                    return new Decision(
                            rule.verdict(),
                            RuleId.of(policy, direction, rule),
                            rule.log(),
                            Optional.of(new Decision.Place(policy, rule.position())));
                }
            }
        }
        for (Policy policy : policies) {
            Optional<Section.Default> fallback = policy.section(direction).fallback();
            if (fallback.isPresent()) {
                return new Decision(
                        fallback.get().verdict(),
                        RuleId.ofDefault(policy, direction),
                        false,
                        Optional.of(new Decision.Place(policy, fallback.get().position())));
            }
        }
        return new Decision(unselected, RuleId.ofUnselected(direction), false, Optional.empty());
    }

    /// Whether one of the rule's services and one of its peers match.
    public static boolean matches(Rule rule, Traffic traffic) {
        return matchesService(rule, traffic) && matchesPeer(rule, traffic);
    }

    /// Whether one of the rule's services matches.
    public static boolean matchesService(Rule rule, Traffic traffic) {
        return rule.services().stream().anyMatch(service -> service.matches(traffic.protocol(), traffic.port()));
    }

    /// Whether one of the rule's peers matches.
    public static boolean matchesPeer(Rule rule, Traffic traffic) {
        return rule.peers().stream().anyMatch(peer -> matches(peer, traffic));
    }

    /// Whether the peer names the outside of the traffic, by its address or by who holds it.
    public static boolean matches(Peer peer, Traffic traffic) {
        return switch (peer) {
            case Peer.Any() -> true;
            case Cidr cidr -> cidr.contains(traffic.outside());
            case Peer.InSet(AddressSet set) ->
                set.prefixes().stream().anyMatch(prefix -> prefix.contains(traffic.outside()));
            case Peer.Holding holding -> traffic.holder().filter(holding::names).isPresent();
        };
    }
}
