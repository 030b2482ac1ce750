// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.function.Consumer;

/// A walk over the table of flows in the kernel's order, part by part. A flow that is there all the
/// time is shown exactly once; of those that open or close meanwhile, some are. Nothing is held
/// between two parts. For one thread at a time.
public interface FlowWalk {
    /// Flows that are best looked at together.
    int TOGETHER = 4096;

    /// Reads the next flows: about `count`, as hash buckets are not cut; none where their devices went while we looked.
    /// @return may be shown until the part after the next one is read, also by another thread than reads that
    FlowPart read(int count);

    /// Reads the next flows and shows them.
    /// @return whether there may be more
    default boolean show(int count, Consumer<? super FlowRow> action) {
        FlowPart part = read(count);
        part.show(action);
        return !part.isLast();
    }

    /// Where another walk goes on, now or later; it means nothing to an agent with a new table.
    int position();
}
