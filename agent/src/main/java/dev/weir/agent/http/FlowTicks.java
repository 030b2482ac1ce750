// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

import dev.weir.agent.view.AgentView;
import dev.weir.agent.view.FlowView;
import dev.weir.agent.view.FlowWalk;
import dev.weir.agent.view.FlowWatch;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// Looks at all flows for all streams of flows at once, about every second; of a table so large that
/// it takes long, less often. For all threads.
final class FlowTicks {
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    /// Of the time of one worker, at most one part in so many goes into looking.
    private static final int SHARE = 4;

    private final AgentView view;
    private final ReentrantLock looking = new ReentrantLock();
    private final Set<FlowFeed> feeds = new LinkedHashSet<>();
    private long lastNanos;
    private long tookNanos;

    FlowTicks(AgentView view) {
        this.view = view;
    }

    synchronized void join(FlowFeed feed) {
        feeds.add(feed);
    }

    synchronized void leave(FlowFeed feed) {
        feeds.remove(feed);
    }

    private synchronized List<FlowFeed> open() {
        return feeds.stream().filter(FlowFeed::isOpen).toList();
    }

    /// Looks, unless it is not time yet or another thread does.
    void tick() {
        if (looking.tryLock()) {
            try {
                List<FlowFeed> open = open();
                long now = System.nanoTime();
                boolean due = now - lastNanos >= Math.max(PERIOD_NANOS, SHARE * tookNanos);
                if (!open.isEmpty() && (due || open.stream().anyMatch(FlowFeed::isFresh))) {
                    look(open);
                    lastNanos = now;
                    tookNanos = System.nanoTime() - now;
                }
            } finally {
                looking.unlock();
            }
        }
    }

    private void look(List<FlowFeed> open) {
        Map<FlowFeed, FlowWatch.Look> looks = new LinkedHashMap<>();
        open.forEach(feed -> looks.put(feed, feed.look()));
        Instant at = Instant.now();
        FlowWalk walk = view.walk(0);
        boolean more = true;
        while (more) {
            more = walk.show(FlowWalk.TOGETHER, row -> {
                FlowView flow = row.view();
                looks.values().forEach(look -> look.accept(flow));
            });
        }
        looks.forEach((feed, look) -> feed.offer(look.changes(at)));
    }
}
