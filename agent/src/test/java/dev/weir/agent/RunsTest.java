// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.wire.Barrage;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunsTest {
    private static final int ONE = 1;
    private static final int OTHER = 2;
    private static final List<Integer> ROUND = List.of(ONE, OTHER, ONE, OTHER);

    private final Runs one = new Runs(ROUND, ONE);
    private final Runs other = new Runs(ROUND, OTHER);

    /// Of a round that began at its number in nanoseconds.
    private static Barrage.Shot shot(int round, int place) {
        return new Barrage.Shot(round, round, place);
    }

    private List<Runs.Run> merged() {
        return Runs.merged(one, other);
    }

    @Test
    void kindsThatTakeTurnsAreOneRunEach() {
        one.add(shot(0, 0));
        one.add(shot(0, 2));
        one.add(shot(1, 0));
        other.add(shot(1, 3));
        other.add(shot(2, 1));
        one.add(shot(4, 0));
        assertEquals(3, merged().size());
        assertFalse(merged().get(0).crosses(merged().get(1)));
        assertFalse(merged().get(1).crosses(merged().get(2)));
    }

    @Test
    void oneAmongThoseOfTheOtherKindIsFound() {
        one.add(shot(0, 0));
        one.add(shot(0, 2));
        other.add(shot(0, 1));
        assertTrue(merged().get(0).crosses(merged().get(1)));
    }

    @Test
    void oneAfterTheFirstOfTheOtherKindIsFound() {
        one.add(shot(0, 0));
        one.add(shot(0, 2));
        other.add(shot(0, 1));
        other.add(shot(0, 3));
        other.add(shot(1, 1));
        assertTrue(merged().get(0).crosses(merged().get(1)));
    }

    @Test
    void whatHadNoRoomBreaksARunButNotTheTurn() {
        one.add(shot(0, 0));
        one.add(shot(3, 0));
        other.add(shot(5, 1));
        assertEquals(2, merged().size());
        assertEquals(shot(3, 0), merged().getFirst().last);
    }

    @Test
    void changeIsOverWithTheFirstRoundThatHasNothingOfTheOther() {
        one.add(shot(6, 2));
        other.add(shot(6, 3));
        other.add(shot(7, 1));
        other.add(shot(8, 1));
        assertEquals(7, merged().get(1).nanosAfter(merged().get(0)));
    }
}
