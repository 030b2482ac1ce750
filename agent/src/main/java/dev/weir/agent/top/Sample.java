// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import dev.weir.agent.view.FlowPage;
import dev.weir.agent.view.NamespaceView;
import java.util.List;

/// One look at what the agent holds.
///
/// @param nanos when it was taken, by [System#nanoTime]
/// @param flows those of which a packet was seen last, [#FLOWS] at most
public record Sample(long nanos, List<NamespaceView> namespaces, FlowPage flows) {
    /// Flows that one look asks for.
    public static final int FLOWS = 1000;

    public Sample {
        namespaces = List.copyOf(namespaces);
    }
}
