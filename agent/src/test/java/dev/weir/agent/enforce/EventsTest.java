// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.agent.enforce.Events.Event;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventsTest {
    private final Events events = new Events();

    private static long in(Duration time) {
        return System.nanoTime() + time.toNanos();
    }

    @Test
    void burstIsTakenAtOnce() throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            events.add(Event.WORLD);
            events.add(Event.POLICIES);
        }
        assertEquals(Set.of(Event.WORLD, Event.POLICIES), events.take(in(Duration.ofMinutes(1))));
        assertEquals(Set.of(), events.take(in(Duration.ofMillis(1))));
    }

    @Test
    void deadlineInThePastStillTakesWhatIsPending() throws InterruptedException {
        events.add(Event.STOP);
        assertEquals(Set.of(Event.STOP), events.take(in(Duration.ofSeconds(-1))));
        assertEquals(Set.of(), events.take(in(Duration.ofSeconds(-1))));
    }

    @Test
    void whoWaitsIsWokenByTheFirst() throws Exception {
        CompletableFuture<Set<Event>> taken = new CompletableFuture<>();
        Thread waiting = Thread.ofPlatform().start(() -> {
            try {
                taken.complete(events.take(in(Duration.ofMinutes(1))));
            } catch (InterruptedException e) {
                taken.completeExceptionally(e);
            }
        });
        while (waiting.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        events.add(Event.WORLD);
        assertEquals(Set.of(Event.WORLD), taken.get(30, TimeUnit.SECONDS));
    }
}
