// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Direction;
import dev.weir.abi.Flow;
import dev.weir.abi.FlowState;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FlowClockTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final long SECOND = 1_000_000_000L;
    private static final long JIFFY = 4_000_000; // 250 a second
    private static final int PER_SECOND = 250;

    private static FlowClock up(long seconds) {
        return new FlowClock(NOW, seconds * SECOND, JIFFY);
    }

    private static Flow flow(long openedSeconds, int seen) {
        return new Flow(0, 0, 0, 0, 0, openedSeconds * SECOND, seen, 1, Direction.EGRESS, FlowState.NEW, 0, 0, 0, 0);
    }

    /// The low bits of the kernel's jiffies when the machine has been up for so many seconds.
    private static int jiffies(long seconds) {
        return (int) ((seconds - 300) * PER_SECOND);
    }

    @Test
    void timesAreThoseOfTheWallClock() {
        Flow flow = flow(1000, jiffies(1030));
        assertEquals(NOW.minusSeconds(50), up(1050).opened(flow));
        assertEquals(50 * SECOND, up(1050).ageNanos(flow));
        assertEquals(NOW.minusSeconds(20), up(1050).lastSeen(flow));
    }

    @Test
    void jiffiesWrapAroundFiveMinutesAfterTheStart() {
        assertEquals(NOW.minusSeconds(2), up(301).lastSeen(flow(290, jiffies(299))));
        assertEquals(-PER_SECOND, jiffies(299));
    }

    @Test
    void jiffiesWrapAroundAgainMuchLater() {
        long wrap = (1L << 31) / PER_SECOND + 301; // their sign changes
        assertEquals(NOW.minusSeconds(3), up(wrap + 2).lastSeen(flow(wrap - 9, jiffies(wrap - 1))));
    }

    @Test
    void packetThatCameWhileWeLookedIsNotInTheFuture() {
        assertEquals(NOW, up(1000).lastSeen(flow(990, jiffies(1001))));
        assertEquals(NOW, up(1000).opened(flow(1001, jiffies(1001))));
        assertEquals(0, up(1000).ageNanos(flow(1001, jiffies(1001))));
    }

    @Test
    void nothingWasSeenBeforeItWasOpened() {
        assertEquals(NOW.minusSeconds(1), up(1000).lastSeen(flow(999, jiffies(998))));
    }
}
