// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.event;

import dev.weir.abi.Direction;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Rule;
import dev.weir.policy.RuleId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Where rules are written, as of one set of policies.
final class RulePlaces {
    /// A place in a policy file.
    record Place(String file, int line) {}

    private final PolicySet policies;
    private final Map<RuleId, Place> places = new HashMap<>();

    RulePlaces(PolicySet policies) {
        this.policies = policies;
        for (Policy policy : policies.policies()) {
            for (Direction direction : Direction.values()) {
                for (Rule rule : policy.section(direction).rules()) {
                    places.put(
                            RuleId.of(policy, direction, rule),
                            new Place(policy.file(), rule.position().line()));
                }
                policy.section(direction)
                        .fallback()
                        .ifPresent(fallback -> places.put(
                                RuleId.ofDefault(policy, direction),
                                new Place(policy.file(), fallback.position().line())));
            }
        }
    }

    /// Whether these are the places of `others`.
    @SuppressWarnings("ReferenceEquality") // equal sets may come from files whose lines differ
    boolean areOf(PolicySet others) {
        return policies == others;
    }

    /// Where a rule is written; empty where no file of these policies says it.
    Optional<Place> find(RuleId rule) {
        return Optional.ofNullable(places.get(rule));
    }
}
