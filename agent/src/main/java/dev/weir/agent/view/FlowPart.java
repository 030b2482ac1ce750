// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.function.Consumer;

/// Flows that a [FlowWalk] has read together; of one that opens or closes later it knows nothing.
public interface FlowPart {
    /// Shows each of them. A row is there for as long as `action` looks at it.
    void show(Consumer<? super FlowRow> action);

    /// Whether the walk ends with them.
    boolean isLast();
}
