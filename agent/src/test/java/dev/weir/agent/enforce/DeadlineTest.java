// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DeadlineTest {
    private static final long SECOND = 1_000_000_000L;

    private final Deadline deadline = new Deadline();

    @Test
    void whatComesWithoutEndPutsNothingOff() {
        deadline.notAfter(SECOND);
        long first = deadline.at();
        for (int i = 0; i < 100; i++) {
            deadline.notAfter(2 * SECOND);
        }
        assertEquals(first, deadline.at());
    }

    @Test
    void whatIsSoonerComesFirst() {
        deadline.in(2 * SECOND);
        long first = deadline.at();
        deadline.notAfter(SECOND);
        assertTrue(deadline.at() < first);
    }

    @Test
    void takenOnceItIsUnset() {
        deadline.notAfter(0);
        assertFalse(deadline.take(deadline.at() - 1));
        assertTrue(deadline.take(deadline.at()));
        assertEquals(Long.MAX_VALUE, deadline.at());
    }
}
