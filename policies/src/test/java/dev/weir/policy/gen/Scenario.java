// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.gen;

import dev.weir.abi.Verdict;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Traffic;
import dev.weir.policy.compile.HolderRef;
import java.util.List;
import java.util.stream.Collectors;

/// Policies of one endpoint, and traffic to judge by them.
///
/// @param policies in the order of judgement
/// @param universe whoever may hold the outside address of the traffic; names and numbers differ
/// @param traffic at least one; whoever holds its outside is in the universe
public record Scenario(List<Policy> policies, Verdict unselected, List<HolderRef> universe, List<Traffic> traffic) {
    /// The number of who holds the outside of the traffic, 0 for nobody.
    public int holder(Traffic of) {
        return universe.stream()
                .filter(known -> of.holder().stream().anyMatch(known.holder()::equals))
                .mapToInt(HolderRef::number)
                .findFirst()
                .orElse(0);
    }

    @Override
    public String toString() {
        String lines = traffic.stream().map(Traffic::toString).collect(Collectors.joining("\n  "));
        return new PolicySet(policies).canonicalText() + "unselected " + unselected + ", universe " + universe + "\n  "
                + lines;
    }
}
