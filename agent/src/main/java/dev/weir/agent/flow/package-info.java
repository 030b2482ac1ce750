// SPDX-License-Identifier: Apache-2.0
/// Reads flows and counters from the pinned maps and gives them the names that people know. It writes nothing and
/// takes no lock of the enforcer, so it serves the running agent and the commands that run without one.
@NullMarked
package dev.weir.agent.flow;

import org.jspecify.annotations.NullMarked;
