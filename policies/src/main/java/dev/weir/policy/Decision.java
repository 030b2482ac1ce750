// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Verdict;
import java.util.Optional;

/// The answer for one [Traffic]: what happens and who says so.
///
/// @param rule the deciding rule as written; empty if a default or `unselected` decided
public record Decision(Verdict verdict, RuleId id, Optional<Rule> rule) {}
