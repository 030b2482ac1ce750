// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Verdict;
import java.util.List;
import java.util.Optional;

/// What a policy says about one direction.
///
/// @param fallback holds when no rule of any policy matches and no policy before this one has a default
/// @param rules in the order of judgement; their labels differ
public record Section(Optional<Default> fallback, List<Rule> rules) {
    /// What a policy that leaves out a direction says about it.
    public static final Section EMPTY = new Section(Optional.empty(), List.of());

    public Section {
        rules = List.copyOf(rules);
    }

    /// What holds if no rule matches.
    ///
    /// @param verdict what rules say: allow, deny or reject
    /// @param position of the verdict in its file
    public record Default(Verdict verdict, SourcePosition position) {
        public Default {
            Rule.checkAction(verdict);
        }
    }
}
