// SPDX-License-Identifier: Apache-2.0
/// What changes between two sets of policies: compares the verdicts of both for all endpoints and all traffic, exactly,
/// and says the difference in few lines, in the words of policies. It knows no file, no live flow and no kernel; the
/// pieces on which verdicts are constant come from [dev.weir.policy.compile.PolicySpace].
@NullMarked
package dev.weir.policy.diff;

import org.jspecify.annotations.NullMarked;
