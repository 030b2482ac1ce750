// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.agent.wire.RawSender;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/// Equal frames that are sent over a wire at a steady pace, by a thread, for as long as it takes.
final class Torrent implements AutoCloseable {
    private static final int LONGEST_SECONDS = 300; // then it ends by itself
    private static final int BURSTS_PER_SECOND = 20;

    private final Wire wire;
    private final int port;
    private final int perSecond;
    private final RawSender sender;
    private final AtomicBoolean over = new AtomicBoolean();
    private CompletableFuture<Long> sent = CompletableFuture.completedFuture(0L);

    /// @param port of the server
    Torrent(Wire wire, int port, int perSecond) {
        this.wire = wire;
        this.port = port;
        this.perSecond = perSecond;
        sender = new RawSender(Map.of(wire.clientName(), "eth0"));
    }

    /// Sends so many, and returns when they have left.
    void send(int frames) {
        wire.send(sender, port, new RawSender.Flood(RawSender.EQUAL, 0, frames, perSecond));
    }

    /// Sends from now on.
    void start() {
        sent = CompletableFuture.supplyAsync(
                this::run,
                task -> Thread.ofPlatform()
                        .name("torrent " + wire.clientName())
                        .daemon()
                        .start(task));
    }

    private long run() {
        int burst = perSecond / BURSTS_PER_SECOND;
        long frames = 0;
        while (!over.get() && frames < (long) perSecond * LONGEST_SECONDS) {
            send(burst);
            frames += burst;
        }
        return frames;
    }

    /// Ends it.
    ///
    /// @return how many frames were sent
    /// @throws java.util.concurrent.CompletionException when one could not be
    long stop() {
        over.set(true);
        return sent.join();
    }

    @Override
    public void close() {
        over.set(true);
        sender.close();
    }
}
