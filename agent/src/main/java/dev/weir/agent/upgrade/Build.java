// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.upgrade;

import dev.weir.abi.BpfObjects;
import dev.weir.abi.Limits;
import java.util.function.Function;

/// The programs of one version of Weir.
///
/// @param layout of its maps
/// @param objects a compiled object by its name, such as `tcx`
public record Build(int layout, Function<String, byte[]> objects) {
    /// The version that runs.
    public static final Build THIS = new Build(Limits.LAYOUT, BpfObjects::bytes);
}
