// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.CellOwner;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Direction;
import dev.weir.abi.ExpireArgs;
import dev.weir.abi.Flow;
import dev.weir.abi.FlowKey;
import dev.weir.abi.Verdict;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What an agent that died at a bad moment, or ran for long, left wrong once.
class InstallationRegressionTest {
    @Test
    @Tag("kernel")
    void flowsOfAnEndpointThatWasHalfForgottenGoWithIt() {
        try (Judge judge = new Judge()) {
            judge.send(EGRESS, udpPacket("198.51.100.1", 40000, "192.0.2.1", 53));
            assertEquals(1, judge.flows());
            judge.kernel().maps().devices().delete(new DeviceKey(1, 0)); // here the agent died

            new Installation(judge.kernel(), new NamespaceNumbers());

            Map<FlowKey, Flow> left = new HashMap<>();
            judge.kernel().maps().flows().forEach(left::put);
            assertEquals(Map.of(), left);
            judge.kernel().expire(new ExpireArgs.Idle(0, 0, 0, 0, 0, 0));
            assertEquals(0, judge.flows());
        }
    }

    @Test
    void rulesLeaveRoomForTheCellsOfEveryEndpoint() {
        CellBook book = new CellBook(16, 4);
        int given = 0;
        while (book.take(new CellOwner(1, Direction.EGRESS, Verdict.DENY, "policy", "rule-" + given))
                .isPresent()) {
            given++;
        }
        assertEquals(11, given);
        for (int slot = 1; slot <= 2; slot++) {
            for (Verdict verdict : Verdict.values()) {
                assertTrue(book.take(CellBook.other(slot, verdict)).isPresent());
            }
        }
    }
}
