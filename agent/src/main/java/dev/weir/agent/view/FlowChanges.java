// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.time.Instant;
import java.util.List;

/// What has changed, since somebody looked before, of the flows that a [FlowQuery] asks for.
/// @param at when it was looked
/// @param opened flows that were not shown before
/// @param updated those that were, with what they have come to
/// @param closed those that were and have ended, as they were seen last
/// @param passed those that go on but are not shown any more, because others come before them now
/// @param matched flows that passed the filters
/// @param scanned all flows that were looked at
public record FlowChanges(
        Instant at,
        List<FlowView> opened,
        List<FlowView> updated,
        List<FlowView> closed,
        List<FlowView> passed,
        long matched,
        long scanned) {
    public FlowChanges {
        opened = List.copyOf(opened);
        updated = List.copyOf(updated);
        closed = List.copyOf(closed);
        passed = List.copyOf(passed);
    }

    /// Whether there is nothing to show.
    public boolean none() {
        return opened.isEmpty() && updated.isEmpty() && closed.isEmpty() && passed.isEmpty();
    }
}
