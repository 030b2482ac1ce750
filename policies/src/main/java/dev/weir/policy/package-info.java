// SPDX-License-Identifier: Apache-2.0
/// The policy language as values: policies, rules, services and peers that cannot be wrong, the order in
/// which they are judged, and [dev.weir.policy.PolicyEvaluator], which says by walking them what every other
/// implementation must answer. It knows no file, no YAML, no kernel and no clock.
@NullMarked
package dev.weir.policy;

import org.jspecify.annotations.NullMarked;
