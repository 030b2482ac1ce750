// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.agent.owner.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RefusedClaimsTest {
    private static final Refusal FIRST = new Refusal("red", "192.0.2.2", "namespace blue holds it");
    private static final Refusal SECOND = new Refusal("red", "192.0.2.3", "the host holds it");
    private static final List<String> RED = List.of("red");

    private final AtomicLong time = new AtomicLong();
    private final RefusedClaims claims = new RefusedClaims(time::get);

    @Test
    void claimCountsAndIsToldOnceForAsLongAsItStands() {
        assertEquals(
                List.of("namespace red is not granted 192.0.2.2: namespace blue holds it"),
                claims.update(List.of(FIRST), RED));
        assertEquals(List.of(), claims.update(List.of(FIRST), RED));
        assertEquals(1, claims.update(List.of(FIRST, SECOND), RED).size());
        assertEquals(List.of(FIRST, SECOND), claims.now());
        assertEquals(Map.of("red", 2L), claims.counts());
    }

    @Test
    void otherReasonIsNoOtherClaim() {
        claims.update(List.of(FIRST), RED);
        Refusal now = new Refusal("red", "192.0.2.2", "the host holds it");
        assertEquals(List.of(), claims.update(List.of(now), RED));
        assertEquals(List.of(now), claims.now());
        assertEquals(Map.of("red", 1L), claims.counts());
    }

    @Test
    void claimThatComesAgainCountsAgain() {
        claims.update(List.of(FIRST), RED);
        claims.update(List.of(), RED);
        assertEquals(1, claims.update(List.of(FIRST), RED).size());
        assertEquals(Map.of("red", 2L), claims.counts());
    }

    @Test
    void namespaceThatGoesTakesItsCountAlong() {
        claims.update(List.of(FIRST), RED);
        claims.update(List.of(), List.of());
        assertEquals(Map.of(), claims.counts());
        assertEquals(List.of(), claims.now());
    }

    @Test
    void whoClaimsSomethingElseAllTheTimeDoesNotFillTheLog() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            lines.addAll(claims.update(List.of(new Refusal("red", "192.0.2." + i, "it is foreign")), RED));
        }
        assertEquals(RefusedClaims.LINES + 1, lines.size());
        assertEquals(
                "namespace red claims more addresses that it is not granted; they are counted, and not told for a minute",
                lines.getLast());
        assertEquals(Map.of("red", 100L), claims.counts());
        time.addAndGet(RefusedClaims.WINDOW.toNanos());
        assertEquals(1, claims.update(List.of(FIRST), RED).size());
    }

    @Test
    void noiseOfOneNamespaceSilencesNoOther() {
        for (int i = 0; i < 100; i++) {
            claims.update(List.of(new Refusal("red", "192.0.2." + i, "it is foreign")), RED);
        }
        Refusal blue = new Refusal("blue", "192.0.2.2", "it is foreign");
        assertEquals(
                List.of("namespace blue is not granted 192.0.2.2: it is foreign"),
                claims.update(List.of(blue), List.of("red", "blue")));
    }
}
