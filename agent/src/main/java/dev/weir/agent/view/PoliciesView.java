// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    /// Reads the parameters of `/api/v1/policies`: the namespace that they are to select, null for all of them.
    ///
    /// @throws BadQuery if there is another one
    public static @Nullable String parse(Map<String, List<String>> parameters) throws BadQuery {
        Parameters in = new Parameters(parameters, Set.of("namespace"));
        String namespace = in.take("namespace", text -> text);
        in.check();
        return namespace;
    }

    /// One policy, with what its rules decided in all namespaces that it selects, or in the one that was asked for.
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
    /// @param services that it is about, such as `tcp/80, udp/53`; the first of very many
    /// @param peers that it is about, such as `namespace:red, 10.1.0.0/16`; the first of very many
    /// @param line in the file of its policy
    /// @param packets that it decided about; where its policy is in audit mode: that it would have stopped
    public record RuleView(
            Direction direction,
            String name,
            Verdict action,
            String services,
            String peers,
            int line,
            long packets,
            long bytes) {}
}
