// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.abi.Verdict;
import dev.weir.policy.RuleId;
import java.util.Collection;
import java.util.List;

/// What one of two sets of policies says.
///
/// @param rules whose verdict it is: one, or where too many rules decide to tell them apart, the first of them
/// @param others how many more
public record Answer(Verdict verdict, List<RuleId> rules, int others) {
    private static final int TOLD = 8;

    public Answer {
        rules = List.copyOf(rules);
    }

    static Answer of(Verdict verdict, Collection<RuleId> rules) {
        return new Answer(verdict, rules.stream().limit(TOLD).toList(), Math.max(0, rules.size() - TOLD));
    }

    /// `blue-web/ingress/web`, or `blue-web/ingress/#1 or 99 others`.
    String by() {
        int more = rules.size() - 1 + others;
        return rules.getFirst() + (more == 0 ? "" : more == 1 ? " or 1 other" : " or " + more + " others");
    }
}
