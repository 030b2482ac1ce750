// SPDX-License-Identifier: Apache-2.0
/// Namespaces that Weir makes: the topologies of `weir lab`, and those of `weir netns`, by the commands that
/// a person would type, each with what takes it back. It also opens connections inside them, and shows the
/// main job step by step. It drives the agent from outside, as a user does, and knows nothing of its insides.
@NullMarked
package dev.weir.agent.lab;

import org.jspecify.annotations.NullMarked;
