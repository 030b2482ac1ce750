// SPDX-License-Identifier: Apache-2.0
/// The command line: one class a verb. Commands that show something ask the running agent, or the pins when none
/// runs; what they do to the kernel is behind the interfaces of [dev.weir.agent.cli.Wiring]. Loads no part that
/// its verb does not need.
@NullMarked
package dev.weir.agent.cli;

import org.jspecify.annotations.NullMarked;
