// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

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
public record ImageRule(RuleId id, Verdict verdict, OnChange onChange, boolean audit) {
    /// @param says the verdict as written
    static ImageRule of(Policy policy, RuleId id, Verdict says) {
        boolean audit = !policy.isEnforced();
        return new ImageRule(id, audit && !says.passes() ? Verdict.AUDIT : says, policy.onChange(), audit);
    }

    /// What holds where no policy says anything.
    static ImageRule unselected(RuleId id, Verdict verdict) {
        return new ImageRule(id, verdict, OnChange.REEVALUATE, false);
    }

    /// The word that an image holds of the rule.
    int word() {
        return verdict.number()
                | onChange.number() << ImageLayout.RULE_ON_CHANGE_SHIFT
                | (audit ? ImageLayout.RULE_AUDIT : 0);
    }
}
