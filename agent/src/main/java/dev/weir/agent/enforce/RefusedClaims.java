// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.agent.Log;
import dev.weir.agent.owner.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/// Which claims of addresses are refused now, and how many have been since the agent started. A claim counts, and is
/// logged, once when it appears: it appears again after it was gone. A tenant can claim something else all the time, so
/// the log takes only so many of one namespace.
final class RefusedClaims {
    /// Lines that one namespace may fill in [#WINDOW].
    static final int LINES = 16;

    static final Duration WINDOW = Duration.ofMinutes(1);

    private final LongSupplier nanoTime;
    private final Map<String, Long> counts = new HashMap<>();
    private final Map<String, Window> windows = new HashMap<>();
    private List<Refusal> now = List.of();

    /// @param nanoTime as [System#nanoTime()]
    RefusedClaims(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /// Log lines of one namespace.
    private static final class Window {
        private final long from;
        private int lines;

        Window(long from) {
            this.from = from;
        }
    }

    /// What is refused, whatever the reason.
    private record Claimed(String namespace, String address) {
        static Claimed in(Refusal refusal) {
            return new Claimed(refusal.namespace(), refusal.address());
        }
    }

    /// Takes note of what is refused from now on, and returns what the log should say of it.
    ///
    /// @param namespaces that are there; of others nothing is kept
    List<String> update(List<Refusal> refused, Collection<String> namespaces) {
        Set<Claimed> known = new HashSet<>();
        now.forEach(refusal -> known.add(Claimed.in(refusal)));
        List<String> lines = new ArrayList<>();
        for (Refusal refusal : refused) {
            if (known.add(Claimed.in(refusal))) {
                counts.merge(refusal.namespace(), 1L, Long::sum);
                log(refusal, lines);
            }
        }
        now = List.copyOf(refused);
        Set<String> present = new HashSet<>(namespaces);
        counts.keySet().retainAll(present);
        windows.keySet().retainAll(present);
        return lines;
    }

    private void log(Refusal refusal, List<String> lines) {
        long time = nanoTime.getAsLong();
        Window window = windows.compute(
                refusal.namespace(),
                (name, open) -> open == null || time - open.from >= WINDOW.toNanos() ? new Window(time) : open);
        window.lines++;
        if (window.lines <= LINES) {
            lines.add("namespace %s is not granted %s: %s"
                    .formatted(refusal.namespace(), refusal.address(), refusal.reason()));
        } else if (window.lines == LINES + 1) {
            lines.add(
                    "namespace %s claims more addresses that it is not granted; they are counted, and not told for a minute"
                            .formatted(refusal.namespace()));
        }
    }

    /// As [#update], and logs it.
    void tell(List<Refusal> refused, Collection<String> namespaces) {
        update(refused, namespaces).forEach(Log::warn);
    }

    /// Those of now, in order.
    List<Refusal> now() {
        return now;
    }

    /// How many appeared since the agent started, by namespace.
    Map<String, Long> counts() {
        return Map.copyOf(counts);
    }
}
