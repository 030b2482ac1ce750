// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.Direction;
import dev.weir.abi.ImageLayout;
import dev.weir.abi.OnChange;
import dev.weir.abi.Verdict;
import dev.weir.policy.Policy;
import dev.weir.policy.RuleId;

/// What stands behind a rule number of an image: whose rule it is and what it says.
///
/// @param verdict what becomes of a packet that it decides; where a policy in audit mode would not let it pass:
///     `audit`
/// @param audit whether its policy is in audit mode, so that the enforced policies are asked too
/// @param log whether a new flow that it lets pass is an event; one that it audits always is
/// @param watch whether it is the absence of all rules while a device is watched
public record ImageRule(RuleId id, Verdict verdict, OnChange onChange, boolean audit, boolean log, boolean watch) {
    /// @param says the verdict as written
    /// @param log what the rule says about it
    static ImageRule of(Policy policy, RuleId id, Verdict says, boolean log) {
        boolean audit = !policy.isEnforced();
        Verdict verdict = audit && !says.passes() ? Verdict.AUDIT : says;
        return new ImageRule(id, verdict, policy.onChange(), audit, log || verdict == Verdict.AUDIT, false);
    }

    /// What holds where no policy says anything.
    static ImageRule unselected(RuleId id, Verdict verdict) {
        return new ImageRule(id, verdict, OnChange.REEVALUATE, false, false, false);
    }

    /// What holds on a device while it is only watched.
    static ImageRule watching(Direction direction) {
        return new ImageRule(RuleId.ofUnselected(direction), Verdict.ALLOW, OnChange.REEVALUATE, false, false, true);
    }

    /// The word that an image holds of the rule.
    int word() {
        return verdict.number()
                | onChange.number() << ImageLayout.RULE_ON_CHANGE_SHIFT
                | (audit ? ImageLayout.RULE_AUDIT : 0)
                | (log ? ImageLayout.RULE_LOG : 0)
                | (watch ? ImageLayout.RULE_WATCH : 0);
    }
}
