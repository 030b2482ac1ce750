// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.abi.Verdict;
import dev.weir.policy.RuleId;
import java.util.List;

/// What one of two sets of policies says.
///
/// @param rules whose verdict it is: one, or where too many rules decide to tell them apart, all
public record Answer(Verdict verdict, List<RuleId> rules) {
    public Answer {
        rules = List.copyOf(rules);
    }

    /// `blue-web/ingress/web`, or `blue-web/ingress/#1 or 99 others`.
    String by() {
        int more = rules.size() - 1;
        return rules.getFirst() + (more == 0 ? "" : more == 1 ? " or 1 other" : " or " + more + " others");
    }
}
