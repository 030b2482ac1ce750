// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.gen;

import dev.weir.abi.Verdict;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Traffic;
import dev.weir.policy.compile.NamespaceRef;
import java.util.List;
import java.util.stream.Collectors;

/// Policies of one endpoint, and traffic to judge by them.
///
/// @param policies in the order of judgement
/// @param universe the namespaces that may hold the outside address of the traffic; names and numbers differ
/// @param traffic at least one; whoever holds its outside is in the universe
public record Scenario(List<Policy> policies, Verdict unselected, List<NamespaceRef> universe, List<Traffic> traffic) {
    /// The number of the namespace that holds the outside of the traffic, 0 for none.
    public int holder(Traffic of) {
        return universe.stream()
                .filter(namespace -> of.holder().stream().anyMatch(namespace.name()::equals))
                .mapToInt(NamespaceRef::number)
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
