// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The policies in force, and what is wrong with the files that should replace them.
/// @param hash of the policies in force; null before the first generation
/// @param errors of the last attempt to load the directory; empty when it succeeded
/// @param warnings about the policies in force: what is allowed but surely a mistake
public record PoliciesView(
        long generation,
        @Nullable String hash,
        @Nullable Instant appliedAt,
        List<PolicyView> policies,
        List<PolicyError> errors,
        List<PolicyError> warnings) {
    public PoliciesView {
        policies = List.copyOf(policies);
        errors = List.copyOf(errors);
        warnings = List.copyOf(warnings);
    }

    /// One policy, with what its rules decided in all namespaces that it selects.
    /// @param mode `enforce` or `audit`
    /// @param onChange `reevaluate`, `keep` or `reset`
    /// @param namespaces the selectors of `applies-to.namespaces`, as written; labels and devices likewise
    public record PolicyView(
            String name,
            String file,
            int priority,
            String mode,
            String onChange,
            List<String> namespaces,
            Map<String, String> labels,
            List<String> devices,
            String hash,
            List<RuleView> rules) {
        public PolicyView {
            namespaces = List.copyOf(namespaces);
            labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
            devices = List.copyOf(devices);
            rules = List.copyOf(rules);
        }
    }

    /// One rule or default.
    /// @param action as written
    /// @param packets that it decided about; where its policy is in audit mode: that it would have stopped
    public record RuleView(Direction direction, String name, Verdict action, long packets, long bytes) {}
}
