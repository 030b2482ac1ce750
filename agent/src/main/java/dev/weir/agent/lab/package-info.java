// SPDX-License-Identifier: Apache-2.0
/// Namespaces to try Weir on: sets up a topology with `ip`, opens connections inside it, and shows the main job step
/// by step. It drives the agent from outside, as a user does, and knows nothing of its insides.
@NullMarked
package dev.weir.agent.lab;

import org.jspecify.annotations.NullMarked;
