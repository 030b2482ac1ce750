// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import dev.weir.agent.Log;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.enforce.EndedFlows;
import dev.weir.agent.flow.FlowClock;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.bpf.BpfException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Exports flows: a thread of its own that keeps a session with the collector and tells it of flows as
/// they last, rest and end. What cannot be told yet waits in the kernel, flows that live in their table
/// and those that ended in a ring of a few MiB; so nothing is queued here, nobody waits for the
/// collector but this thread, and what finds the ring full is counted.
public final class Exporter implements AutoCloseable {
    /// How often it looks for flows that have ended.
    private static final long LOOK_MILLIS = 200;

    /// How often, at most and at least, it walks over all flows, and how much longer than a walk it rests.
    private static final long LEAST_REST_NANOS = Duration.ofMillis(250).toNanos();

    private static final long MOST_REST_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int REST_FACTOR = 10;

    /// How often it tells a collector anew how to read it, which may have been started since or have missed it
    /// (RFC 7011, section 8.4), and what it misses.
    private static final long REFRESH_NANOS = Duration.ofSeconds(60).toNanos();

    private static final long FIRST_BACKOFF_MILLIS = 1_000;
    private static final long LAST_BACKOFF_MILLIS = 60_000;
    private static final long STOP_MILLIS = 3_000;

    private final WeirConfig.Ipfix config;
    private final EndedFlows ended;
    private final WeirMaps maps;
    private final ExportCounts counts = new ExportCounts();
    private final FlowTeller teller;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private volatile @Nullable Link link;
    private boolean failing; // whether it was said that it fails

    private Exporter(WeirConfig.Ipfix config, PinPaths pins, EndedFlows ended, long begun) {
        this.config = config;
        this.ended = ended;
        this.maps = WeirMaps.openPinned(pins);
        this.teller = new FlowTeller(
                maps,
                new FlowMemory(new SecureRandom().nextLong()),
                counts,
                begun,
                config.activeTimeout().toNanos(),
                config.idleTimeout().toNanos());
        this.thread = Thread.ofPlatform().name("weir-ipfix").daemon().unstarted(this::work);
        thread.setUncaughtExceptionHandler((_, e) -> {
            if (stop.getCount() != 0) {
                Log.failure("flows are not exported any more, until the agent is started again: " + e, e);
            }
        });
    }

    /// Begins to export; a collector that is not there is tried again and again.
    ///
    /// @param config which names a collector
    /// @param ended which stay the caller's, and are read by nobody else
    /// @param begun CLOCK_MONOTONIC: since when no other agent exports. Not now: flows are opened before this is
    ///     called, and the kernel takes the time of most from its last tick, however late that was
    public static Exporter start(WeirConfig.Ipfix config, PinPaths pins, EndedFlows ended, long begun) {
        Exporter exporter = new Exporter(config, pins, ended, begun);
        exporter.thread.start();
        return exporter;
    }

    /// What was done so far.
    public MeterSnapshot.Ipfix counts() {
        return counts.snapshot(ended.lost());
    }

    /// Tells what is left to tell, if the collector takes it at once, and ends.
    @Override
    public void close() {
        stop.countDown();
        Link open = link;
        if (open != null) {
            open.hurry();
        }
        try {
            if (!thread.join(Duration.ofMillis(STOP_MILLIS))) {
                Log.warn("the collector %s did not take the last flow records in time".formatted(where()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        long backoffMillis = FIRST_BACKOFF_MILLIS;
        try (maps) {
            teller.refreshNames();
            while (stop.getCount() != 0) {
                long start = System.nanoTime();
                try {
                    session();
                } catch (IOException | UncheckedIOException | BpfException e) {
                    counts.errors.incrementAndGet();
                    tellFailure(e);
                }
                backoffMillis = System.nanoTime() - start > REFRESH_NANOS
                        ? FIRST_BACKOFF_MILLIS
                        : Math.min(2 * backoffMillis, LAST_BACKOFF_MILLIS);
                stop.await(backoffMillis, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tellFailure(Exception e) {
        if (!failing && stop.getCount() != 0) {
            failing = true;
            Log.warn("export flows to %s: %s; it is tried again, and what is lost meanwhile is counted"
                    .formatted(where(), e.getMessage()));
        }
    }

    /// Until the agent stops, or something fails.
    private void session() throws IOException, InterruptedException {
        try (Link session = Link.open(config.collector(), config.protocol())) {
            link = session;
            if (stop.getCount() == 0) {
                session.hurry();
            }
            counts.connects.incrementAndGet();
            MessageWriter writer = new MessageWriter(
                    session.messageBytes(),
                    config.domain(),
                    () -> FlowClock.read().now().getEpochSecond(),
                    (message, flows) -> send(session, message, flows));
            try {
                export(writer);
            } finally {
                counts.lost.addAndGet(writer.waiting());
            }
        } finally {
            link = null;
        }
    }

    private void export(MessageWriter to) throws IOException, InterruptedException {
        to.addTemplates();
        if (failing || counts.connects.get() == 1) {
            failing = false;
            Log.info("flows are exported to " + where());
        }
        long refresh = System.nanoTime();
        long walk = refresh;
        do {
            long now = System.nanoTime();
            teller.refreshNames();
            drain(to);
            if (now - walk >= 0) {
                walk(to, false);
                long took = System.nanoTime() - now;
                walk = now + took + Math.max(restNanos(), REST_FACTOR * took);
            }
            if (now - refresh >= REFRESH_NANOS) {
                refresh = now;
                refresh(to);
            }
            to.flush();
        } while (!stop.await(LOOK_MILLIS, TimeUnit.MILLISECONDS));
        drain(to);
        walk(to, true);
        to.add(statistics());
        to.flush();
    }

    /// A quarter of the shorter timeout, so that none is late by more.
    private long restNanos() {
        long shorter =
                Math.min(config.activeTimeout().toNanos(), config.idleTimeout().toNanos());
        return Math.clamp(shorter / 4, LEAST_REST_NANOS, MOST_REST_NANOS);
    }

    private void refresh(MessageWriter to) throws IOException {
        if (config.protocol() == WeirConfig.Transport.UDP) {
            to.addTemplates(); // over TCP, once is enough (RFC 7011, section 8)
        }
        to.add(statistics());
    }

    private Statistics statistics() {
        MeterSnapshot.Ipfix now = counts();
        return new Statistics(config.domain(), now.records(), now.lost());
    }

    private int drain(MessageWriter to) throws IOException {
        FlowClock clock = FlowClock.read();
        try {
            return ended.drain(flow -> {
                try {
                    teller.tellEnded(to, clock, flow);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void walk(MessageWriter to, boolean all) throws IOException {
        FlowTeller.Walk done = teller.walk(to, all);
        to.flush();
        drain(to); // what went during the walk is told before it is forgotten
        if (done.complete()) {
            ended.told(done.toldSince());
        }
        teller.forgetGone();
    }

    private void send(Link session, ByteBuffer message, int flows) throws IOException {
        int bytes = message.remaining();
        session.send(message);
        counts.messages.incrementAndGet();
        counts.bytes.addAndGet(bytes);
        counts.records.addAndGet(flows);
    }

    private String where() {
        return config.collector() + " over " + config.protocol().name().toLowerCase(Locale.ROOT);
    }
}
