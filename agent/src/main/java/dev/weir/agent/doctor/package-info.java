// SPDX-License-Identifier: Apache-2.0
/// What is wrong with the host and its namespaces: one value that says all that was seen of them at one
/// moment, and pure functions over it, one for each pitfall. It only looks: whatever is to be changed is a
/// command for the user. It knows pins and policies, but neither the enforcer nor how findings are printed.
@NullMarked
package dev.weir.agent.doctor;

import org.jspecify.annotations.NullMarked;
