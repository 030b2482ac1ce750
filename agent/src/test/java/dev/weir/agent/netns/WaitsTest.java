// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WaitsTest {
    private final Waits waits = new Waits();

    @Test
    void newThingIsLookedForAtOnce() {
        assertTrue(waits.isDue("blue", 0));
        assertEquals(OptionalLong.empty(), waits.next(0));
    }

    @Test
    void eachLookInVainDoublesTheRest() {
        waits.missed("blue", 0);
        assertEquals(OptionalLong.of(millis(25)), waits.next(0));
        assertFalse(waits.isDue("blue", millis(25) - 1));
        assertTrue(waits.isDue("blue", millis(25)));
        waits.missed("blue", millis(25));
        assertEquals(OptionalLong.of(millis(50)), waits.next(millis(25)));
    }

    @Test
    void looksEndAfterHalfAMinute() {
        long now = 0;
        for (int looks = 1; looks < Waits.MAX_LOOKS; looks++) {
            waits.missed("blue", now);
            assertFalse(waits.isOver("blue"));
            now += waits.next(now).orElseThrow();
        }
        assertTrue(now > millis(20_000) && now < millis(40_000), () -> "rests of all looks");
        waits.missed("blue", now);
        assertTrue(waits.isOver("blue"));
        assertFalse(waits.isDue("blue", Long.MAX_VALUE));
        assertEquals(OptionalLong.empty(), waits.next(now));
    }

    @Test
    void whatIsNotSoughtAnyMoreIsForgotten() {
        waits.missed("blue", 0);
        waits.missed("red", 0);
        waits.retain(Set.of("red"));
        assertTrue(waits.isDue("blue", 1));
        assertFalse(waits.isDue("red", 1));
    }

    private static long millis(long millis) {
        return Duration.ofMillis(millis).toNanos();
    }
}
