// SPDX-License-Identifier: Apache-2.0
/// Namespaces to try Weir on: sets up topologies with the commands that a person would type and takes them down again,
/// opens connections inside them, and shows the main job step by step. It drives the agent from outside, as a user
/// does,
/// and knows nothing of its insides.
@NullMarked
package dev.weir.agent.lab;

import org.jspecify.annotations.NullMarked;
