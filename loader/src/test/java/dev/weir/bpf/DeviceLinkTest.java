// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Count;
import dev.weir.bpf.BpfException.AbiMismatch;
import dev.weir.bpf.BpfException.Failed;
import dev.weir.bpf.BpfException.Unsupported;
import dev.weir.bpf.ffi.Libc;
import dev.weir.testing.Await;
import dev.weir.testing.KernelTest;
import dev.weir.testing.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeviceLinkTest extends KernelTest {
    /// The JDK keeps descriptors of its own from the first socket on.
    @BeforeAll
    static void openFirstSocket() throws IOException {
        new DatagramSocket().close();
    }

    private final BpfObject object = Sample.open();
    private int ifindex;

    @BeforeEach
    void makeDevices() throws IOException {
        object.load();
        Shell.run("ip link add weir-a type veth peer name weir-b");
        // Else reports of multicast membership are among the packets, whenever they like.
        Shell.run("sysctl -qw net.ipv6.conf.weir-a.disable_ipv6=1 net.ipv6.conf.weir-b.disable_ipv6=1");
        Shell.run("ip link set weir-a up");
        Shell.run("ip link set weir-b up");
        for (String device : List.of("weir-a", "weir-b")) {
            Path state = Path.of("/sys/class/net", device, "operstate"); // nothing is sent until it is `up`
            Await.equal("up", () -> read(state));
        }
        ifindex = Integer.parseInt(
                Files.readString(Path.of("/sys/class/net/weir-a/ifindex")).strip());
    }

    @AfterEach
    void removeDevices() {
        object.close();
        if (Files.exists(Path.of("/sys/class/net/weir-a"))) {
            Shell.run("ip link del weir-a");
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<TcxAttachment> chain(DeviceHook hook) {
        return TcxAttachment.chain(ifindex, hook).orElseThrow();
    }

    private static void send(String neighbour) throws IOException {
        Shell.run("ip address add 198.51.100.1/24 dev weir-a");
        Shell.run("ip neighbour add " + neighbour + " lladdr 02:00:5e:00:53:01 dev weir-a");
        sendTo(neighbour);
    }

    private static void sendTo(String neighbour) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(new byte[10], 10, InetAddress.getByName(neighbour), 9));
        }
    }

    @Test
    void attachedProgramsSeePacketsUntilTheLastHandleIsClosed() throws IOException {
        try (BpfProgram pass = object.program("pass");
                PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC)) {
            try (DeviceLink link = DeviceLink.attach(pass, ifindex, DeviceHook.TCX_EGRESS)) {
                DeviceLinkInfo info = link.info();
                assertEquals(new DeviceLinkInfo(info.linkId(), pass.info().id(), ifindex, DeviceHook.TCX_EGRESS), info);
                assertEquals(List.of(new TcxAttachment(pass.info().id(), info.linkId())), chain(DeviceHook.TCX_EGRESS));
                assertEquals(List.of(), chain(DeviceHook.TCX_INGRESS));
                send("198.51.100.2");
                assertTrue(counts.sum(1).packets() > 0);
            }
            assertEquals(List.of(), chain(DeviceHook.TCX_EGRESS));
        }
    }

    @Test
    void pinnedLinksOutliveTheirHandlesAndTakeNewPrograms() throws IOException {
        Path pin = pins.resolve("link");
        try (BpfProgram pass = object.program("pass");
                DeviceLink link = DeviceLink.attach(pass, ifindex, DeviceHook.TCX_INGRESS)) {
            link.pin(pin);
        }
        int id = chain(DeviceHook.TCX_INGRESS).getFirst().linkId();
        try (BpfProgram drop = object.program("drop");
                DeviceLink link = DeviceLink.openPinned(pin)) {
            link.update(drop);
            assertEquals(new DeviceLinkInfo(id, drop.info().id(), ifindex, DeviceHook.TCX_INGRESS), link.info());
            assertEquals(List.of(new TcxAttachment(drop.info().id(), id)), chain(DeviceHook.TCX_INGRESS));
        }
        Files.delete(pin);
        Await.equal(List.of(), () -> chain(DeviceHook.TCX_INGRESS));
    }

    @Test
    void detachedLinksLetGoThoughTheyArePinned() {
        try (BpfProgram pass = object.program("pass");
                DeviceLink link = DeviceLink.attach(pass, ifindex, DeviceHook.TCX_INGRESS)) {
            link.pin(pins.resolve("link"));
            link.detach();
            link.detach();
            assertEquals(List.of(), chain(DeviceHook.TCX_INGRESS));
            assertEquals(0, link.info().ifindex());
        }
    }

    @Test
    void deletedDevicesLeaveLinksThatSaySo() {
        try (BpfProgram pass = object.program("pass");
                BpfProgram drop = object.program("drop");
                DeviceLink link = DeviceLink.attach(pass, ifindex, DeviceHook.TCX_INGRESS)) {
            Shell.run("ip link del weir-a");
            assertEquals(0, link.info().ifindex());
            assertThrows(Failed.class, () -> link.update(drop));
            assertEquals(Optional.empty(), TcxAttachment.chain(ifindex, DeviceHook.TCX_INGRESS));
            Failed gone = assertThrows(Failed.class, () -> DeviceLink.attach(pass, ifindex, DeviceHook.TCX_INGRESS));
            assertEquals("ENODEV", gone.errno().name());
            assertEquals(
                    "attach program pass to ifindex " + ifindex + ", TCX INGRESS: ENODEV – no such device; the device"
                            + " went, or lives in another network namespace",
                    gone.getMessage());
        }
    }

    @Test
    void whoeverIsInAChainCanBeTakenOff() {
        try (BpfProgram pass = object.program("pass");
                BpfProgram drop = object.program("drop");
                DeviceLink link = DeviceLink.attach(pass, ifindex, DeviceHook.TCX_EGRESS);
                Arena arena = Arena.ofConfined()) {
            MemorySegment attach = arena.allocate(32, Long.BYTES); // union bpf_attr, as of BPF_PROG_ATTACH
            attach.set(ValueLayout.JAVA_INT, 0, ifindex);
            attach.set(ValueLayout.JAVA_INT, 4, drop.fd());
            attach.set(ValueLayout.JAVA_INT, 8, DeviceHook.TCX_EGRESS.attachType());
            assertEquals(0, Libc.bpf(8, attach));
            List<TcxAttachment> both = chain(DeviceHook.TCX_EGRESS);
            assertEquals(
                    List.of(link.info().linkId(), 0),
                    both.stream().map(TcxAttachment::linkId).toList());

            both.getLast().remove(ifindex, DeviceHook.TCX_EGRESS);
            assertEquals(List.of(both.getFirst()), chain(DeviceHook.TCX_EGRESS));
            both.getFirst().remove(ifindex, DeviceHook.TCX_EGRESS);
            assertEquals(List.of(), chain(DeviceHook.TCX_EGRESS));
            assertEquals(0, link.info().ifindex());
            both.forEach(gone -> gone.remove(ifindex, DeviceHook.TCX_EGRESS));
        }
    }

    @Test
    void programKnowsItsMaps() {
        try (BpfProgram pass = object.program("pass");
                PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC);
                BpfObject other = Sample.open()) {
            other.load();
            try (PerCpuArray<Count> others = other.perCpuArray("counts", Count.CODEC)) {
                assertTrue(pass.uses(counts));
                assertFalse(pass.uses(others));
            }
        }
    }

    @Test
    void programsAttachedLaterStandInFront() {
        try (BpfProgram pass = object.program("pass");
                BpfProgram drop = object.program("drop");
                DeviceLink first = DeviceLink.attach(pass, ifindex, DeviceHook.TCX_INGRESS);
                DeviceLink second = DeviceLink.attach(drop, ifindex, DeviceHook.TCX_INGRESS)) {
            assertEquals(
                    List.of(second.info().programId(), first.info().programId()),
                    chain(DeviceHook.TCX_INGRESS).stream()
                            .map(TcxAttachment::programId)
                            .toList());
        }
    }

    @Test
    void programsThatTakeEveryPacketDoNotHideOneThatComesLater() throws IOException {
        try (BpfProgram take = object.program("take");
                BpfProgram pass = object.program("pass");
                PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC);
                ForeignLink foreign = ForeignLink.append(take, ifindex, DeviceHook.TCX_EGRESS);
                DeviceLink link = DeviceLink.attach(pass, ifindex, DeviceHook.TCX_EGRESS)) {
            send("198.51.100.2");
            assertTrue(counts.sum(1).packets() > 0, "ours sees what passes");
            assertEquals(counts.sum(1), counts.sum(2), "and so does who was there before");
            assertEquals(
                    List.of(link.info().programId(), foreign.programId()),
                    chain(DeviceHook.TCX_EGRESS).stream()
                            .map(TcxAttachment::programId)
                            .toList());
        }
    }

    @Test
    void programsOfOthersThatComeLaterSeeWhatPassed() throws IOException {
        try (BpfProgram take = object.program("take");
                BpfProgram pass = object.program("pass");
                BpfProgram drop = object.program("drop");
                PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC);
                DeviceLink link = DeviceLink.attach(pass, ifindex, DeviceHook.TCX_EGRESS);
                ForeignLink foreign = ForeignLink.append(take, ifindex, DeviceHook.TCX_EGRESS)) {
            send("198.51.100.2");
            Count passed = counts.sum(2);
            assertTrue(passed.packets() > 0);
            assertEquals(counts.sum(1), passed);
            link.update(drop);
            Shell.run("ip neighbour add 198.51.100.3 lladdr 02:00:5e:00:53:02 dev weir-a");
            sendTo("198.51.100.3");
            assertEquals(passed, counts.sum(2), "what is dropped in front reaches nobody behind");
            assertEquals(
                    foreign.programId(), chain(DeviceHook.TCX_EGRESS).getLast().programId());
        }
    }

    @Test
    void xdpLinksArePinnedUpdatedAndDetachedLikeOthers() throws IOException {
        Path pin = pins.resolve("xdp");
        try (BpfProgram pass = object.program("xdp_pass");
                DeviceLink link = DeviceLink.attach(pass, ifindex, DeviceHook.XDP)) {
            assertEquals(
                    new DeviceLinkInfo(link.info().linkId(), pass.info().id(), ifindex, DeviceHook.XDP), link.info());
            assertEquals(
                    OptionalInt.of(link.info().linkId()),
                    DeviceLink.xdpLink(ifindex, pass.info().id()));
            assertEquals(
                    OptionalInt.empty(),
                    DeviceLink.xdpLink(ifindex + 1, pass.info().id()));
            link.pin(pin);
        }
        assertTrue(Shell.run("ip link show dev weir-a").contains(" xdp "), "it runs in the driver");
        try (BpfProgram drop = object.program("xdp_drop");
                PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC);
                DeviceLink link = DeviceLink.openPinned(pin)) {
            link.update(drop);
            Shell.run("ip address add 198.51.100.9/24 dev weir-b");
            Shell.run("ip neighbour add 198.51.100.2 lladdr 02:00:5e:00:53:01 dev weir-b");
            sendTo("198.51.100.2");
            Await.equal(true, () -> counts.sum(4).packets() > 0);
            link.detach();
            assertEquals(0, link.info().ifindex());
        }
        assertFalse(Shell.run("ip link show dev weir-a").contains("xdp"));
        Files.delete(pin);
    }

    @Test
    void devicesHaveRoomForOneXdpProgram() {
        try (BpfProgram pass = object.program("xdp_pass");
                BpfProgram drop = object.program("xdp_drop");
                DeviceLink link = DeviceLink.attach(pass, ifindex, DeviceHook.XDP)) {
            Failed busy = assertThrows(Failed.class, () -> DeviceLink.attach(drop, ifindex, DeviceHook.XDP));
            assertEquals(
                    "attach program xdp_drop to ifindex " + ifindex + ", XDP: EBUSY – in use; another XDP program is"
                            + " there, which `ip link set dev NAME xdp off` or its owner takes away",
                    busy.getMessage());
            assertEquals(pass.info().id(), link.info().programId());
        }
    }

    @Test
    void devicesWithoutNativeXdpSaySo() {
        Shell.run("ip link add weir-br type bridge");
        try (BpfProgram pass = object.program("xdp_pass")) {
            int bridge = Integer.parseInt(
                    Files.readString(Path.of("/sys/class/net/weir-br/ifindex")).strip());
            Unsupported refused =
                    assertThrows(Unsupported.class, () -> DeviceLink.attach(pass, bridge, DeviceHook.XDP));
            assertEquals("its driver has no native XDP", refused.reason());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            Shell.run("ip link del weir-br");
        }
    }

    @Test
    void deletedDevicesLeaveXdpLinksThatSaySo() {
        try (BpfProgram pass = object.program("xdp_pass");
                DeviceLink link = DeviceLink.attach(pass, ifindex, DeviceHook.XDP)) {
            Shell.run("ip link del weir-a");
            assertEquals(0, link.info().ifindex());
            assertThrows(Failed.class, () -> link.update(pass));
        }
    }

    @Test
    void programsOfAnotherKindAreRefused() {
        try (BpfProgram swap = object.program("swap")) {
            Failed refused = assertThrows(Failed.class, () -> DeviceLink.attach(swap, ifindex, DeviceHook.TCX_INGRESS));
            assertTrue(String.valueOf(refused.getMessage()).endsWith("is it a program for tc?"), refused::getMessage);
            Failed refusedByXdp = assertThrows(Failed.class, () -> DeviceLink.attach(swap, ifindex, DeviceHook.XDP));
            assertTrue(
                    String.valueOf(refusedByXdp.getMessage()).endsWith("is it a program for XDP?"),
                    refusedByXdp::getMessage);
        }
    }

    @Test
    void otherPinsAreNoLinks() {
        Path pin = pins.resolve("program");
        try (BpfProgram pass = object.program("pass")) {
            pass.pin(pin);
        }
        assertThrows(AbiMismatch.class, () -> DeviceLink.openPinned(pin));
    }
}
