// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Direction;
import dev.weir.abi.Verdict;
import java.util.List;
import java.util.Optional;

/// The meaning of policies: walks the rules as written, one after the other. Slow and obviously right; the compiled
/// image
/// and the kernel programs must give the same answers.
public final class PolicyEvaluator {
    private PolicyEvaluator() {}

    /// The first matching rule decides; if none matches, the first default; if there is none, `unselected`.
    ///
    /// @param policies those that select the endpoint, in [Policy#ORDER]
    /// @param unselected what holds where no policy says anything
    public static Decision evaluate(List<Policy> policies, Verdict unselected, Traffic traffic) {
        Direction direction = traffic.direction();
        for (Policy policy : policies) {
            for (Rule rule : policy.section(direction).rules()) {
                if (matches(rule, traffic)) {
                    return new Decision(rule.verdict(), RuleId.of(policy, direction, rule), Optional.of(rule));
                }
            }
        }
        for (Policy policy : policies) {
            Optional<Verdict> defaultVerdict = policy.section(direction).defaultVerdict();
            if (defaultVerdict.isPresent()) {
                return new Decision(defaultVerdict.get(), RuleId.ofDefault(policy, direction), Optional.empty());
            }
        }
        return new Decision(unselected, RuleId.ofUnselected(direction), Optional.empty());
    }

    /// Whether one of the rule's services and one of its peers match.
    public static boolean matches(Rule rule, Traffic traffic) {
        return rule.services().stream().anyMatch(service -> service.matches(traffic.protocol(), traffic.port()))
                && rule.peers().stream().anyMatch(peer -> matches(peer, traffic));
    }

    /// Whether the peer names the outside of the traffic, by its address or by the namespace that holds it.
    public static boolean matches(Peer peer, Traffic traffic) {
        return switch (peer) {
            case Peer.Any() -> true;
            case Cidr cidr -> cidr.contains(traffic.outside());
            case Peer.NamespaceSelector(Glob names) ->
                traffic.holder().isPresent() && names.matches(traffic.holder().get());
        };
    }
}
