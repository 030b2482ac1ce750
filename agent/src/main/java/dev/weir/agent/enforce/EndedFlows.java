// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.EndedFlow;
import dev.weir.abi.ExpireArgs;
import dev.weir.bpf.RingBuffer;
import dev.weir.net.KernelClock;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// The flows that were deleted, for the one that exports flows: the kernel puts each into a ring as it
/// was, but for those that were idle for so long that they are known to have been exported. Who reads
/// never holds up who deletes: what finds the ring full is counted.
public final class EndedFlows implements AutoCloseable {
    /// Room for the flows of a namespace that had half of its usual quota.
    static final int RING_BYTES = 1 << 22;

    /// Jiffies are counted four at a time (`struct weir_flow`), and read by two clocks.
    private static final int SLACK_JIFFIES = 8;

    private final RingBuffer ring;
    private final AtomicLong lost = new AtomicLong();
    private volatile long toldSince = Long.MIN_VALUE;

    EndedFlows(RingBuffer ring) {
        this.ring = ring;
    }

    /// Takes out those that are there now, in order. One thread at a time.
    ///
    /// @return how many were taken
    public int drain(Consumer<EndedFlow> action) {
        return ring.drain(EndedFlow.CODEC, action);
    }

    /// Says that all flows have been exported as they were, of which no packet came since then.
    ///
    /// @param monotonicNanos CLOCK_MONOTONIC
    public void told(long monotonicNanos) {
        toldSince = monotonicNanos;
    }

    /// Flows that went and found no room in the ring, ever.
    public long lost() {
        return lost.get();
    }

    /// What a run of the walk is to put into the ring.
    ExpireArgs asked(ExpireArgs run) {
        long since = toldSince;
        long jiffies = since == Long.MIN_VALUE
                ? Integer.MAX_VALUE
                : (KernelClock.monotonicNanos() - since) / KernelClock.jiffyNanos() + SLACK_JIFFIES;
        return run.told(Math.clamp(jiffies, 1, Integer.MAX_VALUE));
    }

    /// Takes note of what a run of the walk could not put there.
    void ran(ExpireArgs done) {
        lost.addAndGet(done.untold());
    }

    @Override
    public void close() {
        ring.close();
    }
}
