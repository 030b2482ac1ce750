// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The answer to a [FlowQuery].
/// @param nextCursor continues after the last flow of this page; null on the last page
/// @param matched flows that passed the filters, on whatever page
/// @param scanned all flows that were looked at
public record FlowPage(List<FlowView> flows, @Nullable String nextCursor, long matched, long scanned) {
    public FlowPage {
        flows = List.copyOf(flows);
    }
}
