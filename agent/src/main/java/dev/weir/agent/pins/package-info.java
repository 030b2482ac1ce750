// SPDX-License-Identifier: Apache-2.0
/// What Weir leaves pinned under `bpffs`: names, paths, and the typed maps behind them, for the agent that writes
/// them and for the commands that only look. It decides nothing.
@NullMarked
package dev.weir.agent.pins;

import org.jspecify.annotations.NullMarked;
