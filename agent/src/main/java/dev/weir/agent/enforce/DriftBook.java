// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.agent.Log;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// What drifts now, and what did last; the log is told when it begins and when it ends. The enforcer's own, for its one
/// thread.
final class DriftBook {
    /// Of what is over, so much is kept.
    static final int KEPT = 32;

    private final Deque<Drift> over = new ArrayDeque<>(); // the newest first
    private List<Drift> lasting = List.of();

    /// Takes note of all that is wrong now. What was before and is not any more has ended.
    void lasts(List<Drift> found) {
        List<Drift> still = new ArrayList<>();
        for (Drift each : found) {
            Drift known = lasting.stream().filter(each::is).findFirst().orElse(null);
            if (known == null) {
                Log.warn(each.sentence());
            }
            still.add(known == null ? each : known);
        }
        lasting.stream().filter(before -> found.stream().noneMatch(before::is)).forEach(before -> {
            Log.info("over: " + before.sentence());
            keep(before.end());
        });
        lasting = still;
    }

    /// Takes note of something that was wrong and is repaired.
    void repaired(Drift drift) {
        keep(drift.end());
    }

    /// What lasts, then what ended last.
    List<Drift> all() {
        List<Drift> all = new ArrayList<>(lasting);
        all.addAll(over);
        return all;
    }

    private void keep(Drift ended) {
        Log.warn(ended.sentence());
        over.addFirst(ended);
        if (over.size() > KEPT) {
            over.removeLast();
        }
    }
}
