// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.DeviceKey.onHost;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Limits;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.DriftView;
import dev.weir.agent.view.StatusView;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import dev.weir.bpf.probe.BpfFs;
import dev.weir.bpf.probe.Lock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What others do to pins, their file system and the maps is found within a second, and mended or told;
/// meanwhile policies are enforced and reloaded.
class PinDriftTest extends DriftRig {
    @ParameterizedTest
    @ValueSource(strings = {"maps/weir_flows maps/weir_images", "links", "maps", "."})
    void pinsThatAreTakenAwayAreMadeAgain(String what) throws IOException {
        try (LocalAgent agent = LocalAgent.start(config())) {
            List<Integer> links = linksOf("veth-blue");
            List<String> before = tree();
            for (String each : what.split(" ", -1)) {
                Path away = pins.root().resolveSibling("away"); // in one go: it is looked after meanwhile
                Files.move(pins.root().resolve(each).normalize(), away);
                Shell.run("rm -r " + away);
            }
            awaitMended(agent, "pin-missing");
            Await.until("all are pinned again", this::tree, () -> tree().equals(before));
            assertEquals(links, linksOf("veth-blue"));
        }
        assertEnforced();
        try (LocalAgent next = LocalAgent.start(config())) {
            assertFalse(next.view().status().devices().isEmpty());
            assertEnforced();
        }
    }

    @Test
    void linkIsPinnedInThePlaceOfAnotherThatIsPinnedThere() throws IOException {
        int coming = 4711;
        Path place = pins.link(DeviceHook.TCX_INGRESS, onHost(coming));
        try (LocalAgent agent = LocalAgent.start(config())) {
            Files.createLink(place, pins.link(DeviceHook.TCX_INGRESS, onHost(ifindex("veth-blue"))));
            Shell.run("ip link add veth-new index %d type veth peer name eth1 netns blue".formatted(coming));
            awaitEnforced(agent, "veth-new");
            try (DeviceLink link = DeviceLink.openPinned(place)) {
                assertEquals(coming, link.info().ifindex());
            }
        } finally {
            Shell.run("ip link del veth-new");
        }
    }

    private List<String> tree() {
        try (Stream<Path> tree = Files.walk(pins.root())) {
            return tree.map(Path::toString).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void enforcementAndReloadsOutliveTheirFileSystem(boolean cover) throws IOException {
        Path mount = Files.createDirectory(home.resolve("bpf"));
        PinPaths here = new PinPaths(mount.resolve("weir"));
        Shell.run("mount -t bpf bpf " + mount);
        try (LocalAgent agent = LocalAgent.start(config().withBpffs(here.root()))) {
            List<Integer> links = linksOf("veth-blue");
            if (cover) {
                Shell.run("mount -t tmpfs tmpfs " + mount);
            } else {
                Mounts.unmount(mount);
            }
            DriftView told = awaitAlarm(agent, "no-bpffs");
            assertTrue(String.valueOf(told.remedy()).contains("mount"), told::toString);
            assertEnforced();
            save("blue.yaml", allowing(SHUT));
            agent.awaitReload();
            assertTrue(reaches(SHUT), "a reload needs no pins");
            assertFalse(reaches(OPEN));
            assertEquals(links, linksOf("veth-blue"));

            if (cover) {
                Mounts.unmount(mount);
            } else {
                Shell.run("mount -t bpf bpf " + mount);
            }
            awaitMended(agent, "no-bpffs");
            assertEquals(WeirMaps.NAMES.size() + 4, BpfFs.at(here.root()).pins().size());
        }
        assertTrue(reaches(SHUT), "the pins hold it again, without an agent");
        assertFalse(reaches(OPEN));
        Detach.all(here.root());
        Shell.run("umount " + mount);
        Files.delete(mount);
    }

    @Test
    void directoryOfAnotherAgentIsLeftAlone() throws IOException {
        Path mount = Files.createDirectory(home.resolve("bpf"));
        Path prepared = Files.createDirectory(home.resolve("prepared"));
        Shell.run("mount -t bpf bpf " + mount);
        Shell.run("mount -t bpf bpf " + prepared);
        BpfFs other = BpfFs.at(prepared.resolve("weir"));
        other.create();
        try (LocalAgent agent = LocalAgent.start(config().withBpffs(mount.resolve("weir")))) {
            try (Lock lock = other.lock().orElseThrow()) {
                Mounts.unmount(mount);
                Shell.run("mount --bind " + prepared + " " + mount);
                Await.until(
                        "it is told who is there",
                        () -> drift(agent, "no-bpffs")
                                .anyMatch(drift -> drift.what().contains("another agent has taken")));
                assertEquals(List.of(), other.pins());
                lock.close();
            }
            awaitMended(agent, "no-bpffs");
            assertFalse(other.pins().isEmpty(), "it was free");
            assertTrue(other.lock().isEmpty(), "and is not any more");
        }
        Detach.all(other.directory());
        Shell.run("umount " + mount);
        Shell.run("umount " + prepared);
        Files.delete(mount);
        Files.delete(prepared);
    }

    @Test
    void fullFlowTableIsToldForAsLongAsItIsFull() {
        try (LocalAgent agent = LocalAgent.start(config());
                WeirMaps maps = WeirMaps.openPinned(pins)) {
            long offset = maps.accounts().offset(0); // the count of all, which is the first word of an account
            long flows = maps.readFlowCount();
            maps.accounts().setLong(offset, Limits.MAX_FLOWS);
            DriftView told = awaitAlarm(agent, "map-full");
            assertTrue(told.what().startsWith("weir_flows is full"), told::what);
            assertEquals(StatusView.State.ENFORCING, agent.view().status().state());
            maps.accounts().setLong(offset, flows);
            awaitMended(agent, "map-full");
        }
    }

    @Test
    void deviceThatComesWhileThereIsNoPlaceForPinsIsEnforced() throws IOException {
        Path mount = Files.createDirectory(home.resolve("bpf"));
        PinPaths here = new PinPaths(mount.resolve("weir"));
        Shell.run("mount -t bpf bpf " + mount);
        try (LocalAgent agent = LocalAgent.start(config().withBpffs(here.root()))) {
            Mounts.unmount(mount);
            awaitAlarm(agent, "no-bpffs");
            lab.routed("late", "10.30.0.2/24", "10.30.0.1/24");
            awaitEnforced(agent, "veth-late");
            linksOf("veth-late");
            Shell.run("mount -t bpf bpf " + mount);
            awaitMended(agent, "no-bpffs");
            assertTrue(Files.exists(here.link(DeviceHook.TCX_EGRESS, onHost(ifindex("veth-late")))));
        }
        Detach.all(here.root());
        Shell.run("umount " + mount);
        Files.delete(mount);
    }
}
