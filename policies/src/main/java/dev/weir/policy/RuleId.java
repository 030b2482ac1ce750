// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Direction;

/// What a rule is called in counters, events and messages; stays the same when rules move or policies are reloaded.
///
/// @param policy the policy's name; empty for what holds where no policy says anything
/// @param rule the rule's label, [#DEFAULT] or [#UNSELECTED]
public record RuleId(String policy, Direction direction, String rule) {
    /// Stands for a section's default.
    public static final String DEFAULT = "default";

    /// Stands for `unselected` of `weir.yaml`.
    public static final String UNSELECTED = "unselected";

    public static RuleId of(Policy policy, Direction direction, Rule rule) {
        return new RuleId(policy.name(), direction, rule.label());
    }

    public static RuleId ofDefault(Policy policy, Direction direction) {
        return new RuleId(policy.name(), direction, DEFAULT);
    }

    public static RuleId ofUnselected(Direction direction) {
        return new RuleId("", direction, UNSELECTED);
    }

    /// `blue-web/ingress/web`, or `unselected/ingress`.
    @Override
    public String toString() {
        return policy.isEmpty() ? rule + "/" + direction : policy + "/" + direction + "/" + rule;
    }
}
