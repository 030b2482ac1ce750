// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Verdict;
import java.util.Optional;

/// The answer for one [Traffic]: what happens and who says so.
///
/// @param log whether a new flow that it lets pass is an event
/// @param place where that is written; empty if `unselected` of weir.yaml decided
public record Decision(Verdict verdict, RuleId id, boolean log, Optional<Place> place) {
    /// A rule or a default of a policy.
    public record Place(Policy policy, SourcePosition position) {}
}
