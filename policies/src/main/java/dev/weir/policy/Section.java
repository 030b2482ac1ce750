// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Verdict;
import java.util.List;
import java.util.Optional;

/// What a policy says about one direction.
///
/// @param defaultVerdict holds when no rule of any policy matches and no policy before this one has a default
/// @param rules in the order of judgement; their labels differ
public record Section(Optional<Verdict> defaultVerdict, List<Rule> rules) {
    /// What a policy that leaves out a direction says about it.
    public static final Section EMPTY = new Section(Optional.empty(), List.of());

    public Section {
        rules = List.copyOf(rules);
    }
}
