// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Direction;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeterTallyTest {
    @Test
    void devicesOfOneNamespaceAreAddedUpAndOthersAreNot() {
        MeterTally tally = new MeterTally();
        for (int device = 0; device < 2; device++) {
            tally.began("blue", 100);
            tally.outcome("blue", Direction.EGRESS, Verdict.ALLOW, 1, 10);
            tally.drop("blue", Direction.INGRESS, DropReason.POLICY, 3);
            tally.rule("blue", Direction.INGRESS, "web", "#1", Verdict.DENY, 3, 30);
            tally.flows("blue", 1, 2, 3, 4);
            tally.answers("blue", 5, 6);
        }
        tally.outcome("blue", Direction.INGRESS, Verdict.ALLOW, 5, 50);
        tally.rule("blue", Direction.INGRESS, "web", "#2", Verdict.DENY, 7, 70);

        assertEquals(
                List.of(
                        new MeterSnapshot.Outcome("blue", Direction.EGRESS, Verdict.ALLOW, 2, 20),
                        new MeterSnapshot.Outcome("blue", Direction.INGRESS, Verdict.ALLOW, 5, 50)),
                tally.outcomes());
        assertEquals(List.of(new MeterSnapshot.Drop("blue", Direction.INGRESS, DropReason.POLICY, 6)), tally.drops());
        assertEquals(
                List.of(
                        new MeterSnapshot.Rule("blue", Direction.INGRESS, "web", "#1", Verdict.DENY, 6, 60),
                        new MeterSnapshot.Rule("blue", Direction.INGRESS, "web", "#2", Verdict.DENY, 7, 70)),
                tally.rules());
        assertEquals(List.of(new MeterSnapshot.Flows("blue", 2, 4, 6, 8)), tally.flows());
        assertEquals(List.of(new MeterTally.Answers("blue", 10, 12)), tally.answers());
    }

    @Test
    void namespaceBeganWithItsFirstDeviceWhereAllAreKnown() {
        MeterTally tally = new MeterTally();
        tally.began("blue", 200);
        tally.began("blue", 100);
        tally.began("red", 300);
        tally.began("red", 0);
        tally.eventsLost("green", 1);

        assertEquals(100, tally.began("blue"));
        assertEquals(0, tally.began("red"));
        assertEquals(0, tally.began("green"));
        assertEquals(0, tally.began("nobody"));
    }
}
