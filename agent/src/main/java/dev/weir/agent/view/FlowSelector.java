// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Picks the page that a query asks for out of a stream of flows. Holds one page and one flow more, however many are
/// pushed; one thread pushes, each flow once.
public final class FlowSelector implements Consumer<FlowRow> {
    private record Candidate(FlowPosition position, FlowView flow) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            return position.compareTo(other.position);
        }
    }

    private final FlowQuery query;
    private final PriorityQueue<Candidate> page = new PriorityQueue<>(Collections.reverseOrder());
    private boolean more;
    private long matched;
    private long scanned;

    /// The page that a query asks for, of the flows from where the walk is. Without an order it is the
    /// next part of the walk, and no other flow is looked at.
    public static FlowPage select(FlowQuery query, FlowWalk walk) {
        if (query.sort() == FlowQuery.Sort.NONE) {
            List<FlowView> flows = new ArrayList<>();
            long[] scanned = new long[1];
            boolean more = walk.show(query.limit(), flow -> {
                scanned[0]++;
                if (query.filter().matches(flow)) {
                    flows.add(flow.view());
                }
            });
            return new FlowPage(flows, more ? FlowQuery.cursor(walk.position()) : null, flows.size(), scanned[0]);
        }
        FlowSelector selector = new FlowSelector(query);
        boolean more = true;
        while (more) {
            more = walk.show(FlowWalk.TOGETHER, selector);
        }
        return selector.page();
    }

    public FlowSelector(FlowQuery query) {
        this.query = query;
    }

    @Override
    public void accept(FlowRow row) {
        scanned++;
        if (query.filter().matches(row)) {
            add(row.view());
        }
    }

    /// Pushes a flow.
    void push(FlowView flow) {
        scanned++;
        if (query.filter().matches(flow)) {
            add(flow);
        }
    }

    private void add(FlowView flow) {
        matched++;
        @Nullable Candidate last = page.size() < query.limit() ? null : page.peek();
        if (last != null
                && FlowPosition.value(query.sort(), flow) < last.position().value()) {
            more = true;
            return;
        }
        FlowPosition position = FlowPosition.of(query.sort(), flow);
        if (query.after() != null && position.compareTo(query.after()) <= 0) {
            return;
        }
        page.add(new Candidate(position, flow));
        if (page.size() > query.limit()) {
            page.remove();
            more = true;
        }
    }

    /// The page, from all that was pushed so far.
    public FlowPage page() {
        List<Candidate> sorted = page.stream().sorted().toList();
        String cursor = more ? sorted.getLast().position().cursor() : null;
        return new FlowPage(sorted.stream().map(Candidate::flow).toList(), cursor, matched, scanned);
    }
}
