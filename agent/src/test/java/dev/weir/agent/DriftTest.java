// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static dev.weir.abi.DeviceKey.onHost;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.BpfObjects;
import dev.weir.abi.Settings;
import dev.weir.abi.Verdict;
import dev.weir.agent.config.ConfigException;
import dev.weir.agent.config.ConfigFile;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.lab.Shell;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.agent.view.DriftView;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.StatusView;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.DeviceLink;
import dev.weir.bpf.TcxAttachment;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What others do to devices and links behind the agent's back is found within a second, mended where it is Weir's, and
/// told where it is not.
class DriftTest extends DriftRig {
    /// Checks are a second apart; the rest is for a machine that has other things to do too.
    private static final Duration SOON = Duration.ofSeconds(3);

    private WeirConfig configured(String yaml) {
        try {
            return ConfigFile.load(Files.writeString(home.resolve("weir.yaml"), yaml))
                    .withPolicies(policies)
                    .withBpffs(pins.root());
        } catch (ConfigException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static BpfObject foreign() {
        try (InputStream in = Objects.requireNonNull(BpfObject.class.getResourceAsStream("sample.bpf.o"))) {
            BpfObject object = BpfObject.open("foreign", in.readAllBytes());
            object.load();
            return object;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// Waits for a whole check, which mends this pin.
    private void awaitCheck(LocalAgent agent) throws IOException {
        long before = drift(agent, "pin-missing").count();
        Files.delete(pins.map("weir_addresses"));
        Await.until("a check has ended", () -> drift(agent, "pin-missing").count() > before);
    }

    private static boolean metered(LocalAgent agent, String device, String hook) {
        return agent.view().meters().devices().stream()
                .filter(row -> row.device().equals(device) && row.hook().equals(hook))
                .anyMatch(MeterSnapshot.Device::drift);
    }

    private static Optional<TcxAttachment> head(String device, DeviceHook hook) {
        return TcxAttachment.chain(ifindex(device), hook).orElseThrow().stream().findFirst();
    }

    private static void assertSoon(String what, long since) {
        Duration took = Duration.ofNanos(System.nanoTime() - since);
        System.out.printf("%s = %d ms%n", what, took.toMillis());
        assertTrue(took.compareTo(SOON) < 0, what + " took " + took);
    }

    @ParameterizedTest
    @EnumSource(names = {"TCX_INGRESS", "TCX_EGRESS"})
    void linkThatIsTakenOffIsAttachedAgain(DeviceHook hook) {
        try (LocalAgent agent = LocalAgent.start(config())) {
            assertEnforced();
            List<Integer> others = linksOf("veth-red");
            long since = System.nanoTime();
            head("veth-blue", hook).orElseThrow().remove(ifindex("veth-blue"), hook);
            assertTrue(head("veth-blue", hook).isEmpty());
            Await.until("it is there again", () -> head("veth-blue", hook).isPresent());
            assertSoon("link taken off until attached again, " + hook, since);

            DriftView told = awaitMended(agent, "link-missing");
            assertEquals("veth-blue", told.device());
            assertEquals("blue", told.namespace());
            assertEquals("tcx", told.hook());
            assertTrue(metered(agent, "veth-blue", "tcx"), "until the next check");
            assertFalse(metered(agent, "veth-red", "tcx"));
            Await.until("and then no more", () -> !metered(agent, "veth-blue", "tcx"));
            assertEnforced();
            assertEquals(others, linksOf("veth-red"), "nobody else was touched");
            assertEquals(2, linksOf("veth-blue").size());
            assertEquals(StatusView.State.ENFORCING, agent.view().status().state());
        }
        assertEnforced();
    }

    @Test
    void linkInFrontThatIsTakenOffIsAttachedAgain() {
        try (LocalAgent agent = LocalAgent.start(configured("hook: xdp\n"))) {
            List<Integer> links = linksOf("veth-blue");
            try (DeviceLink link = DeviceLink.openPinned(pins.link(DeviceHook.XDP, onHost(ifindex("veth-blue"))))) {
                link.detach();
            }
            DriftView told = awaitMended(agent, "link-missing");
            assertEquals("xdp", told.hook());
            try (DeviceLink link = DeviceLink.openPinned(pins.link(DeviceHook.XDP, onHost(ifindex("veth-blue"))))) {
                assertEquals(ifindex("veth-blue"), link.info().ifindex());
            }
            assertEquals(links, linksOf("veth-blue"), "those behind it stayed");
        }
    }

    /// The programs of Weir once more, over the same maps, as another agent on the same pins would load them.
    private BpfObject again() {
        BpfObject object = BpfObject.open("tcx", BpfObjects.bytes("tcx"));
        WeirMaps.NAMES.forEach(map -> object.pinnedAt(map, pins.map(map)));
        object.constants(Settings.CODEC, Settings.of(0, Verdict.ALLOW)).load();
        return object;
    }

    @Test
    void secondLinkOfWeirIsTakenOff() {
        try (LocalAgent agent = LocalAgent.start(config())) {
            List<Integer> links = linksOf("veth-blue");
            try (BpfObject object = again();
                    BpfProgram program = object.program("weir_tcx_eg");
                    DeviceLink second = DeviceLink.attach(program, ifindex("veth-blue"), DeviceHook.TCX_EGRESS)) {
                DriftView told = awaitMended(agent, "duplicate");
                assertEquals("veth-blue", told.device());
                assertEquals(0, second.info().ifindex(), "it is detached");
                assertEquals(links, linksOf("veth-blue"));
            }
            assertEnforced();
        }
    }

    @Test
    void programInFrontOfWeirIsToldForAsLongAsItIsThere() throws IOException {
        try (BpfObject object = foreign();
                BpfProgram take = object.program("take");
                LocalAgent agent = LocalAgent.start(config())) {
            try (DeviceLink foreign = DeviceLink.attach(take, ifindex("veth-red"), DeviceHook.TCX_INGRESS)) {
                DriftView told = awaitAlarm(agent, "foreign");
                assertEquals("veth-red", told.device());
                assertTrue(told.what().contains("program take"), told::what);
                assertTrue(told.what().contains("link " + foreign.info().linkId()), told::what);
                assertTrue(metered(agent, "veth-red", "tcx"));
                awaitCheck(agent);
                assertEquals(List.of(told), drift(agent, "foreign").toList(), "told once");
                assertEquals(3, attachments("veth-red").size(), "and not touched");
            }
            awaitMended(agent, "foreign");
            assertFalse(metered(agent, "veth-red", "tcx"));
        }
    }

    @Test
    void programBehindWeirIsNobodysBusiness() throws IOException {
        try (BpfObject object = foreign();
                BpfProgram take = object.program("take");
                DeviceLink behind = DeviceLink.attach(take, ifindex("veth-red"), DeviceHook.TCX_INGRESS);
                LocalAgent agent = LocalAgent.start(config())) {
            awaitCheck(agent);
            assertEquals(0, drift(agent, "foreign").count());
            assertEquals(ifindex("veth-red"), behind.info().ifindex());
        }
    }

    @Test
    void anotherWeirOnTheSameDevicesIsToldByBoth() {
        PinPaths elsewhere = new PinPaths(Path.of("/sys/fs/bpf/elsewhere"));
        try (LocalAgent agent = LocalAgent.start(config());
                LocalAgent other = LocalAgent.start(config().withBpffs(elsewhere.root()))) {
            awaitAlarm(agent, "other-weir");
            awaitAlarm(other, "other-weir");
            assertEquals(4, attachments("veth-blue").size(), "neither touches the other");
            assertEnforced();
        } finally {
            Detach.all(elsewhere.root());
        }
    }

    @Test
    void renamedDeviceStaysTheSame() {
        try (LocalAgent agent = LocalAgent.start(config())) {
            List<Integer> links = linksOf("veth-blue");
            long since = System.nanoTime();
            Shell.run("ip link set veth-blue name veth-azure");
            awaitEnforced(agent, "veth-azure");
            assertSoon("device renamed until known by its name", since);
            assertEquals(links, linksOf("veth-azure"));
            assertEnforced();
        }
    }

    @Test
    void deviceThatMovesAwayIsLeftAndTakenUpAgainWhenItIsBack() {
        Shell.run("ip netns add elsewhere");
        try (LocalAgent agent = LocalAgent.start(config())) {
            int ifindex = ifindex("veth-blue");
            Shell.run("ip link set veth-blue netns elsewhere");
            awaitGone(agent, "veth-blue");
            for (DeviceHook hook : List.of(DeviceHook.TCX_INGRESS, DeviceHook.TCX_EGRESS)) {
                assertEquals(
                        Optional.of(List.of()),
                        Inside.call("elsewhere", () -> TcxAttachment.chain(ifindex, hook)),
                        "it carries nothing there");
            }
            long since = System.nanoTime();
            Shell.run("ip -n elsewhere link set veth-blue netns "
                    + ProcessHandle.current().pid());
            Shell.run("ip link set veth-blue master br0 up");
            awaitEnforced(agent, "veth-blue");
            assertSoon("device back until enforced", since);
            Await.until("the bridge forwards", () -> reaches(OPEN));
            assertEnforced();
        } finally {
            Shell.run("ip netns del elsewhere");
        }
    }

    /// The link follows its device, and goes on to say this number, which means another device here.
    @Test
    void deviceThatTookTheNumberOfOneThatMovedAwayIsEnforced() {
        Shell.run("ip netns add elsewhere");
        int ifindex = ifindex("veth-blue");
        LocalAgent.start(config()).close(); // an agent that runs may see the host in between, without such a device
        List<Integer> before = linksOf("veth-blue");
        Shell.run("ip link set veth-blue netns elsewhere");
        Shell.run("ip link add veth-new index %d type veth peer name eth1 netns blue".formatted(ifindex));
        try (LocalAgent agent = LocalAgent.start(config())) {
            awaitEnforced(agent, "veth-new");
            assertEquals(2, attachments("veth-new").size());
            assertNotEquals(before, linksOf("veth-new"));
        } finally {
            Shell.run("ip link del veth-new"); // else it goes with blue, in the kernel's own time
            Shell.run("ip netns del elsewhere");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void deviceMadeAnewUnderItsNameIsEnforced(boolean sameNumber) {
        try (LocalAgent agent = LocalAgent.start(config())) {
            int ifindex = ifindex("veth-blue");
            Shell.run("ip link del veth-blue");
            long since = System.nanoTime();
            Shell.run("ip link add veth-blue%s type veth peer name eth0 netns blue"
                    .formatted(sameNumber ? " index " + ifindex : ""));
            assertEquals(sameNumber, ifindex == ifindex("veth-blue"));
            Await.until("it carries links", () -> attachments("veth-blue").size() == 2);
            assertSoon("device made anew until it carries links", since);
            awaitEnforced(agent, "veth-blue");
            Shell.run("ip link set veth-blue master br0 up");
            Shell.run("ip -n blue address add %s/24 dev eth0".formatted(BLUE));
            Shell.run("ip -n blue link set eth0 up");
            Await.until("the bridge forwards", () -> reaches(OPEN));
            assertEnforced();
        }
    }

    private static void awaitGone(LocalAgent agent, String device) {
        Await.until(
                device + " is gone",
                () -> agent.view().status(),
                () -> agent.view().status().devices().stream()
                        .noneMatch(view -> view.device().equals(device)));
    }
}
