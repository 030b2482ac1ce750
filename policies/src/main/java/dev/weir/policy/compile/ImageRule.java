// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.Verdict;
import dev.weir.policy.RuleId;

/// What stands behind a rule number of an image: whose rule it is and what it says.
public record ImageRule(RuleId id, Verdict verdict) {}
