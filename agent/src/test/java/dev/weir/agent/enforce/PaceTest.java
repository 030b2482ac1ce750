// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long FREE = Pace.FREE_NANOS;

    private final Pace pace = new Pace(0);

    @Test
    void looksThatTakeLittleFollowEachOtherAtOnce() {
        assertEquals(FREE / 2, pace.took(0, FREE / 2));
        assertEquals(FREE, pace.took(FREE / 2, FREE));
    }

    @Test
    void whatIsTakenBeyondThatIsRestedFor() {
        assertEquals(FREE + 10 + 10, pace.took(0, FREE + 10));
    }

    @Test
    void restIsGivenBack() {
        pace.took(0, FREE);

        assertEquals(3 * FREE, pace.took(2 * FREE, 3 * FREE));
    }

    @Test
    void noLookIsFollowedByALongRest() {
        long end = 100 * FREE;

        assertEquals(end + Pace.LONGEST_REST_NANOS, pace.took(0, end));
    }

    /// Whoever makes news without end gets no more than what is free and half of the time.
    @Property
    void looksTakeHalfOfTheTimeAtMost(@ForAll @Size(max = 200) List<@LongRange(max = 200_000_000) Long> looks) {
        Pace hurried = new Pace(0);
        long now = 0;
        long busy = 0;
        for (long look : looks) {
            long next = hurried.took(now, now + look);
            busy += look;
            assertTrue(busy <= FREE + next / 2 + 1, busy + " of " + next);
            now = next;
        }
    }
}
