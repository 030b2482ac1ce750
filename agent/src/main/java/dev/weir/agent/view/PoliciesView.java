// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The policies in force, and what is wrong with the files that should replace them.
/// @param hash of the policies in force; null before the first generation
/// @param errors of the last attempt to load the directory; empty when it succeeded
public record PoliciesView(
        long generation,
        @Nullable String hash,
        @Nullable Instant appliedAt,
        List<PolicyView> policies,
        List<PolicyError> errors) {
    public PoliciesView {
        policies = List.copyOf(policies);
        errors = List.copyOf(errors);
    }

    /// One policy, with what its rules decided in all namespaces that it selects.
    /// @param namespaces the selectors of `applies-to.namespaces`, as written
    public record PolicyView(
            String name, String file, int priority, List<String> namespaces, String hash, List<RuleView> rules) {
        public PolicyView {
            namespaces = List.copyOf(namespaces);
            rules = List.copyOf(rules);
        }
    }

    /// One rule or default.
    public record RuleView(Direction direction, String name, Verdict action, long packets, long bytes) {}
}
