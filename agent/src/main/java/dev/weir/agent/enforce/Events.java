// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// What the enforcer has to look at. Each kind is there once or not at all, so the queue cannot grow, and a
/// burst is one turn.
final class Events {
    /// Kinds of news.
    enum Event {
        /// Something about devices, namespaces or addresses changed.
        WORLD,
        /// A name of a network namespace came or went.
        NAMES,
        /// A policy file changed.
        POLICIES,
        /// The agent should end.
        STOP
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final Set<Event> pending = EnumSet.noneOf(Event.class);

    void add(Event event) {
        lock.lock();
        try {
            pending.add(event);
            news.signal();
        } finally {
            lock.unlock();
        }
    }

    /// All that is pending, at once; waits for the first, at most until `deadline` (System.nanoTime), and may return
    /// none.
    Set<Event> take(long deadline) throws InterruptedException {
        lock.lock();
        try {
            long left = deadline - System.nanoTime();
            while (pending.isEmpty() && left > 0) {
                left = news.awaitNanos(left);
            }
            Set<Event> taken = pending.isEmpty() ? EnumSet.noneOf(Event.class) : EnumSet.copyOf(pending);
            pending.clear();
            return taken;
        } finally {
            lock.unlock();
        }
    }
}
