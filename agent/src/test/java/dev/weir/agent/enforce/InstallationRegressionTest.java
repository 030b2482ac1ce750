// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static dev.weir.abi.DeviceKey.onHost;
import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.udpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.CellOwner;
import dev.weir.abi.DeviceKey;
import dev.weir.abi.Direction;
import dev.weir.abi.Endpoint;
import dev.weir.abi.Flow;
import dev.weir.abi.FlowKey;
import dev.weir.abi.Settings;
import dev.weir.abi.Verdict;
import dev.weir.agent.config.WeirConfig.Hook;
import dev.weir.agent.netns.Vantages;
import dev.weir.agent.netns.World;
import dev.weir.agent.owner.Guard;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.MappedArray;
import dev.weir.bpf.probe.BpfFs;
import dev.weir.policy.compile.PolicyChain;
import dev.weir.policy.yaml.PolicyLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
            assertEquals(1, judge.kernel().maps().readFlowCount());
            judge.kernel().maps().devices().delete(new DeviceKey(1, 0)); // here the agent died

            new Installation(judge.kernel(), new NamespaceNumbers());

            Map<FlowKey, Flow> left = new HashMap<>();
            judge.kernel().maps().flows().forEach(left::put);
            assertEquals(Map.of(), left);
            assertEquals(0, judge.flows());
            assertEquals(0, judge.kernel().maps().readFlowCount());
        }
    }

    @Test
    @Tag("kernel")
    void switchThatFindsNoRoomHalfWayLeavesAloneWhatIsInForce() throws NoRoomException {
        byte[] packet = udpPacket("192.0.2.1", 40000, "198.51.100.1", 1);
        try (Judge judge = new Judge().introduce(2, "red", 100)) {
            judge.policies(rules("blue", "deny", 40), rules("red", "deny", 41));
            assertEquals("deny by policy0/ingress/#1", judge.send(INGRESS, packet));
            Map<EndpointId, PolicyChain> wanted = new LinkedHashMap<>();
            wanted.put(new EndpointId(onHost(1), "blue", 42), chain(rules("blue", "allow", 100)));
            wanted.put(new EndpointId(onHost(2), "red", 43), chain(rules("red", "allow", 101)));

            int refused = 0;
            boolean switched = false;
            for (int capacity = 4096; !switched; capacity += 64) {
                Installation tight = new Installation(judge.kernel(), new NamespaceNumbers(), capacity);
                try {
                    tight.place(wanted.values());
                } catch (NoRoomException e) {
                    tight.unmapImages();
                    continue; // the images alone do not fit
                }
                try {
                    tight.switchTo(new Plan.Switch(true, wanted, Map.of(), Map.of(), Set.of()), "%064x".formatted(7));
                    switched = true;
                } catch (NoRoomException e) {
                    refused++;
                    tight.place(List.of(chain(rules("blue", "allow", 3)))); // the next turn wants something else
                    assertEquals("deny by policy0/ingress/#1", judge.send(INGRESS, packet));
                }
                tight.unmapImages();
            }
            assertTrue(refused > 2, refused + " sizes had room for the images, but not for the rest");
            assertEquals("allow by policy/ingress/#1", judge.send(INGRESS, packet));
        }
    }

    private static String rules(String namespace, String verdict, int count) {
        return "applies-to: {namespaces: [" + namespace + "]}\ningress:\n  rules:\n"
                + IntStream.rangeClosed(1, count)
                        .mapToObj(port -> "    - %s: udp/%d\n".formatted(verdict, port))
                        .collect(Collectors.joining());
    }

    private static PolicyChain chain(String yaml) {
        PolicyLoader.Loaded loaded =
                assertInstanceOf(PolicyLoader.Loaded.class, PolicyLoader.parse("policy.yaml", yaml));
        return Judge.compile(loaded.policies().policies(), Verdict.ALLOW, List.of());
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

    private static Kernel open(PinPaths pins) {
        Vantages vantages = new Vantages(List.of(World.Vantage.HOST));
        Settings settings = Settings.of(DeviceKey.HOST, Verdict.ALLOW);
        try {
            return Kernel.open(pins, settings, Hook.TCX, vantages, false);
        } finally {
            vantages.close(); // no device is looked at
        }
    }

    @Test
    @Tag("kernel")
    void mapsThatWerePinnedByHalvesAreMadeWhole() throws IOException {
        Path root = Path.of("/sys/fs/bpf/half");
        PinPaths pins = new PinPaths(root);
        try {
            open(pins).close();
            for (String map : WeirMaps.NAMES.subList(3, WeirMaps.NAMES.size())) {
                Files.delete(pins.map(map)); // here the agent died
            }
            try (Kernel kernel = open(pins)) {
                assertEquals(Map.of(), kernel.maps().readEndpoints());
            }
        } finally {
            BpfFs.at(root).removeAll();
        }
    }

    @Test
    @Tag("kernel")
    void mapsOfWhichADetachThatWasCutLeftSomeAreMadeAnew() {
        Path root = Path.of("/sys/fs/bpf/leftovers");
        PinPaths pins = new PinPaths(root);
        DeviceKey device = new DeviceKey(7, 0);
        try {
            try (Kernel kernel = open(pins)) {
                kernel.maps().devices().update(device, 1);
            }
            BpfFs.at(root).remove(pins.state()); // here it died
            try (Kernel kernel = open(pins)) {
                assertEquals(Optional.empty(), kernel.maps().devices().lookup(device));
            }
        } finally {
            BpfFs.at(root).removeAll();
        }
    }

    @Test
    @Tag("kernel")
    void endpointThatNothingJudgedIsJudgedInBothEpochs() {
        try (Judge judge = new Judge()) {
            MappedArray endpoints = judge.kernel().maps().endpoints();
            long chains = endpoints.offset(1) + Endpoint.CHAIN;
            endpoints.setInt(chains, 0); // as in new maps, while older programs stamp packets with the epoch before
            endpoints.setInt(chains + Integer.BYTES, 0);
            judge.policies("policy: none\napplies-to: {namespaces: [blue]}\ningress: {default: deny}\n");
            assertNotEquals(0, endpoints.getInt(chains));
            assertEquals(endpoints.getInt(chains), endpoints.getInt(chains + Integer.BYTES));
        }
    }

    @Test
    void theFirstTurnOfAnAgentPutsItsProgramsOnEveryDevice() {
        PolicyChain chain = Judge.compile(List.of(), Verdict.ALLOW, List.of());
        EndpointId blue = new EndpointId(onHost(7), "blue", 42);
        Guard off = new Guard(onHost(7), Guard.OFF);
        Desired desired = new Desired(
                "00",
                Map.of(
                        blue,
                        new Desired.Spec(
                                new World.Device(onHost(7), "veth7", "blue", 42, onHost(7), Optional.empty()),
                                1,
                                off,
                                chain)),
                Map.of());
        Actual.Installed installed = new Actual.Installed(1, "veth7", 1, off, chain);
        Plan.Attach attach = new Plan.Attach(blue, "veth7");

        assertTrue(Plan.of(desired, new Actual(Map.of(blue, installed), Map.of(), Set.of(onHost(7)), "00", true, true))
                .steps()
                .contains(attach));
        assertEquals(
                List.of(),
                Plan.of(desired, new Actual(Map.of(blue, installed), Map.of(), Set.of(onHost(7)), "00", true, false))
                        .steps());
    }
}
