// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Limits;
import org.junit.jupiter.api.Test;

class SharesTest {
    @Test
    void sharesOfAllTogetherAreNeverMoreThanThereIs() {
        for (long namespaces = 0; namespaces <= Limits.MAX_NUMBER; namespaces++) {
            Shares shares = Shares.among(namespaces);
            assertTrue(namespaces * shares.flows() + shares.flowRoom() <= Limits.MAX_FLOWS);
            // a second's events of each, at most
            assertTrue(namespaces * 1_000_000.0 / shares.eventIntervalMicros() <= Limits.EVENTS_PER_SECOND);
        }
    }

    @Test
    void fewNamespacesHaveNoMoreEventsThanOne() {
        assertEquals(10_000, Shares.among(0).eventIntervalMicros());
        assertEquals(10_000, Shares.among(1).eventIntervalMicros());
        assertEquals(10_000, Shares.among(100).eventIntervalMicros());
        assertEquals(10_100, Shares.among(101).eventIntervalMicros());
        assertEquals(409_600, Shares.among(4096).eventIntervalMicros());
    }
}
