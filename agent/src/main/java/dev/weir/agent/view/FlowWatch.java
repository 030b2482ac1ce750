// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Follows the flows that a query asks for, from look to look; holds two pages of them. For one thread
/// at a time.
public final class FlowWatch {
    private final FlowQuery query;
    private Map<FlowId, FlowView> shown = Map.of();

    public FlowWatch(FlowQuery query) {
        this.query = query;
    }

    /// Begins to look: all flows are to be pushed, each once.
    public Look look() {
        return new Look();
    }

    /// One look at all flows.
    public final class Look implements Consumer<FlowView> {
        private final FlowSelector selector = new FlowSelector(query);
        private final Map<FlowId, FlowView> alive = new HashMap<>(); // of those that are shown

        private Look() {}

        @Override
        public void accept(FlowView flow) {
            selector.push(flow);
            if (!shown.isEmpty()) {
                FlowId id = FlowId.of(flow);
                if (shown.containsKey(id)) {
                    alive.put(id, flow);
                }
            }
        }

        /// Ends the look.
        public FlowChanges changes(Instant at) {
            FlowPage page = selector.page();
            List<FlowView> opened = new ArrayList<>();
            List<FlowView> updated = new ArrayList<>();
            List<FlowView> closed = new ArrayList<>();
            List<FlowView> passed = new ArrayList<>();
            Map<FlowId, FlowView> now = new LinkedHashMap<>();
            page.flows().forEach(flow -> now.put(FlowId.of(flow), flow));
            shown.forEach((id, before) -> {
                FlowView after = alive.get(id);
                if (after == null || isAnother(before, after) || !query.filter().matches(after)) {
                    closed.add(before);
                } else if (!now.containsKey(id)) {
                    passed.add(after);
                }
            });
            now.forEach((id, flow) -> {
                FlowView before = shown.get(id);
                if (before == null || isAnother(before, flow)) {
                    opened.add(flow);
                } else if (hasChanged(before, flow)) {
                    updated.add(flow);
                }
            });
            shown = now;
            return new FlowChanges(at, opened, updated, closed, passed, page.matched(), page.scanned());
        }
    }

    /// Totals only grow: a flow that has less is one that was opened meanwhile between the same ports.
    private static boolean isAnother(FlowView before, FlowView after) {
        return after.packets() < before.packets() || after.bytes() < before.bytes();
    }

    /// Its age and when it was seen change all the time, or go with the packets.
    private static boolean hasChanged(FlowView before, FlowView after) {
        return before.packets() != after.packets()
                || before.bytes() != after.bytes()
                || before.state() != after.state()
                || before.verdict() != after.verdict()
                || !before.policy().equals(after.policy())
                || !before.rule().equals(after.rule());
    }
}
