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
import dev.weir.abi.Settings;
import dev.weir.abi.Verdict;
import dev.weir.agent.netns.World;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.probe.BpfFs;
import dev.weir.policy.compile.PolicyChain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
        CellBook book = new CellBook(20, 8);
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

    @Test
    @Tag("kernel")
    void mapsThatWerePinnedByHalvesAreMadeWhole() throws IOException {
        Path root = Path.of("/sys/fs/bpf/half");
        PinPaths pins = new PinPaths(root);
        try {
            Kernel.open(pins, new Settings(0, Verdict.ALLOW)).close();
            for (String map : WeirMaps.NAMES.subList(3, WeirMaps.NAMES.size())) {
                Files.delete(pins.map(map)); // here the agent died
            }
            try (Kernel kernel = Kernel.open(pins, new Settings(0, Verdict.ALLOW))) {
                assertEquals(Map.of(), kernel.maps().readEndpoints());
            }
        } finally {
            BpfFs.at(root).removeAll();
        }
    }

    @Test
    void theFirstTurnOfAnAgentPutsItsProgramsOnEveryDevice() {
        PolicyChain chain = Judge.compile(List.of(), Verdict.ALLOW, List.of());
        EndpointId blue = new EndpointId(7, "blue", 42);
        Desired desired = new Desired(
                "00", Map.of(blue, new Desired.Spec(new World.Device(7, "veth7", "blue", 42), 1, chain)), Map.of());
        Actual.Installed installed = new Actual.Installed(1, "veth7", 1, chain);
        Plan.Attach attach = new Plan.Attach(blue, "veth7");

        assertTrue(Plan.of(desired, new Actual(Map.of(blue, installed), Map.of(), Set.of(7), "00", true))
                .steps()
                .contains(attach));
        assertEquals(
                List.of(),
                Plan.of(desired, new Actual(Map.of(blue, installed), Map.of(), Set.of(7), "00", false))
                        .steps());
    }
}
