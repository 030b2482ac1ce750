// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Verdict;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/// Why [PolicyEvaluator] answers as it does: the decision, and what stood before it.
///
/// @param decision the evaluator's
/// @param peer by which the deciding rule names the outside; empty if no rule decided but a default or `unselected`
/// @param enforced what the policies in force say where the decision is `audit`
/// @param policies those that select the endpoint, in the order of judgement
/// @param near the last [#MAX_NEAR] rules before the deciding one that nearly matched, in the order of judgement
/// @param nearCount of all such rules
/// @param asksHolder whether a rule on the way would match if somebody whom it names held the outside address
/// @param byDevice policies that do not select the endpoint, but would with the right device
public record Explanation(
        Decision decision,
        Optional<PeerMatch> peer,
        Optional<Decision> enforced,
        List<Policy> policies,
        List<Near> near,
        int nearCount,
        boolean asksHolder,
        List<Policy> byDevice) {
    /// How many rules that nearly matched are kept: those closest to the decision.
    public static final int MAX_NEAR = 10;

    public Explanation {
        policies = List.copyOf(policies);
        near = List.copyOf(near);
        byDevice = List.copyOf(byDevice);
    }

    /// A rule that did not decide but came close: its peer matches or its service does, or both do and its policy is
    /// in audit mode.
    ///
    /// @param peer that matches, if one does
    /// @param service whether one of its services matches
    public record Near(Policy policy, Rule rule, Optional<PeerMatch> peer, boolean service) {}

    /// Explains the judgement of `traffic` at the endpoint `target`. Takes time in proportion to rules and prefixes.
    ///
    /// @param unselected what holds where no policy says anything
    public static Explanation of(PolicySet set, Target target, Verdict unselected, Traffic traffic) {
        List<Policy> policies = set.selecting(target);
        List<Policy> inForce = policies.stream().filter(Policy::isEnforced).toList();
        Decision decision = PolicyEvaluator.evaluate(policies, unselected, traffic);
        boolean audit = decision.verdict() == Verdict.AUDIT;
        Walk walk = new Walk(traffic, audit);
        walk.over(policies);
        Walk second = new Walk(traffic, false);
        if (audit) {
            second.over(inForce);
        }
        return new Explanation(
                decision,
                walk.decided,
                audit ? Optional.of(PolicyEvaluator.evaluate(inForce, unselected, traffic)) : Optional.empty(),
                policies,
                List.copyOf(walk.near),
                walk.nearCount,
                walk.asksHolder || second.asksHolder,
                set.policies().stream()
                        .filter(policy -> !policy.appliesTo().devices().isEmpty() && !policies.contains(policy))
                        .toList());
    }

    /// Goes through the rules up to the one that decides.
    private static final class Walk {
        private final Traffic traffic;
        private final boolean auditDecides;
        private final Deque<Near> near = new ArrayDeque<>();
        private int nearCount;
        private boolean asksHolder;
        private Optional<PeerMatch> decided = Optional.empty();

        /// @param auditDecides whether rules of policies in audit mode decide too
        Walk(Traffic traffic, boolean auditDecides) {
            this.traffic = traffic;
            this.auditDecides = auditDecides;
        }

        void over(List<Policy> policies) {
            for (Policy policy : policies) {
                for (Rule rule : policy.section(traffic.direction()).rules()) {
                    Optional<PeerMatch> peer = PeerMatch.find(rule, traffic);
                    boolean service = PolicyEvaluator.matchesService(rule, traffic);
                    if (peer.isPresent() && service && (auditDecides || policy.isEnforced())) {
                        decided = peer;
                        return;
                    }
                    if (peer.isPresent() || service) {
                        keep(new Near(policy, rule, peer, service));
                    }
                    asksHolder |=
                            service && peer.isEmpty() && rule.peers().stream().anyMatch(Peer.Holding.class::isInstance);
                }
            }
        }

        private void keep(Near rule) {
            nearCount++;
            near.addLast(rule);
            if (near.size() > MAX_NEAR) {
                near.removeFirst();
            }
        }
    }
}
