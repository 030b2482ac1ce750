// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.event;

import dev.weir.abi.Event;
import dev.weir.agent.Log;
import dev.weir.agent.enforce.Report;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.EventPage;
import dev.weir.agent.view.EventQuery;
import dev.weir.bpf.RingBuffer;
import dev.weir.policy.PolicySet;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Takes events out of the kernel's ring as they come, and keeps the latest. The first of a batch wakes it; those of
/// the next moment come together, so that a flood costs no more than its events. It comes at least every second,
/// which is what the size of the ring and the rate of events are made for.
public final class EventReader implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final long TOGETHER_MILLIS = 50;

    private final RingBuffer ring;
    private final Supplier<Report> reports;
    private final EventNames names;
    private final EventLog log = new EventLog();
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private Report last;

    private EventReader(WeirMaps maps, PinPaths pins, Supplier<Report> reports) {
        this.ring = WeirMaps.openEvents(pins);
        this.reports = reports;
        this.names = new EventNames(maps);
        this.last = reports.get();
        this.thread = Thread.ofPlatform().name("weir-events").daemon().unstarted(this::work);
        thread.setUncaughtExceptionHandler(
                (_, e) -> Log.failure("events are not read any more, until the agent is started again: " + e, e));
    }

    /// Begins to read; events from before wait in the ring.
    ///
    /// @param maps that the agent has open, and closes after this
    /// @param reports what the agent last did and saw
    public static EventReader start(WeirMaps maps, PinPaths pins, Supplier<Report> reports) {
        EventReader reader = new EventReader(maps, pins, reports);
        reader.log.tell("the agent has started");
        reader.thread.start();
        return reader;
    }

    /// What the ring holds where no agent takes events out; they stay there.
    public static EventPage waiting(PinPaths pins, EventQuery query) {
        EventLog log = new EventLog(EventLog.CAPACITY, 1);
        try (WeirMaps maps = WeirMaps.openPinned(pins);
                RingBuffer ring = WeirMaps.openEvents(pins)) {
            EventNames names = new EventNames(maps);
            names.refresh(PolicySet.EMPTY);
            ring.peek(Event.CODEC, event -> log.add(number -> names.view(number, event)));
        }
        return log.page(query);
    }

    /// The latest events, and where the agent's own are added.
    public EventLog log() {
        return log;
    }

    /// Stops to read; what comes now waits for the next agent.
    @Override
    public void close() {
        stop.countDown();
        ring.wake();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ring.close();
    }

    private void work() {
        try {
            while (stop.getCount() != 0) {
                ring.await(LOOK);
                look();
                stop.await(TOGETHER_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// What fails here is told and tried again with the next events.
    private void look() {
        try {
            Report report = reports.get();
            AgentNews.between(last, report).forEach(log::tell);
            last = report;
            names.refresh(report.policies());
            ring.drain(Event.CODEC, event -> log.add(number -> names.view(number, event)));
        } catch (RuntimeException e) {
            Log.failure("read events: " + e, e);
        }
    }
}
