// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Count;
import dev.weir.bpf.BpfException.AbiMismatch;
import dev.weir.bpf.BpfException.Failed;
import dev.weir.testing.Await;
import dev.weir.testing.KernelTest;
import dev.weir.testing.Shell;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TcxLinkTest extends KernelTest {
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
        Shell.run("ip link set weir-a up");
        Shell.run("ip link set weir-b up");
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

    private List<TcxAttachment> chain(TcxHook hook) {
        return TcxAttachment.chain(ifindex, hook).orElseThrow();
    }

    private static void send(String neighbour) throws IOException {
        Shell.run("ip address add 198.51.100.1/24 dev weir-a");
        Shell.run("ip neighbour add " + neighbour + " lladdr 02:00:5e:00:53:01 dev weir-a");
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(new byte[10], 10, InetAddress.getByName(neighbour), 9));
        }
    }

    @Test
    void attachedProgramsSeePacketsUntilTheLastHandleIsClosed() throws IOException {
        try (BpfProgram pass = object.program("pass");
                PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC)) {
            try (TcxLink link = TcxLink.attach(pass, ifindex, TcxHook.EGRESS)) {
                TcxLinkInfo info = link.info();
                assertEquals(new TcxLinkInfo(info.linkId(), pass.info().id(), ifindex, TcxHook.EGRESS), info);
                assertEquals(List.of(new TcxAttachment(pass.info().id(), info.linkId())), chain(TcxHook.EGRESS));
                assertEquals(List.of(), chain(TcxHook.INGRESS));
                send("198.51.100.2");
                assertTrue(counts.sum(1).packets() > 0);
            }
            assertEquals(List.of(), chain(TcxHook.EGRESS));
        }
    }

    @Test
    void pinnedLinksOutliveTheirHandlesAndTakeNewPrograms() throws IOException {
        Path pin = pins.resolve("link");
        try (BpfProgram pass = object.program("pass");
                TcxLink link = TcxLink.attach(pass, ifindex, TcxHook.INGRESS)) {
            link.pin(pin);
        }
        int id = chain(TcxHook.INGRESS).getFirst().linkId();
        try (BpfProgram drop = object.program("drop");
                TcxLink link = TcxLink.openPinned(pin)) {
            link.update(drop);
            assertEquals(new TcxLinkInfo(id, drop.info().id(), ifindex, TcxHook.INGRESS), link.info());
            assertEquals(List.of(new TcxAttachment(drop.info().id(), id)), chain(TcxHook.INGRESS));
        }
        Files.delete(pin);
        Await.equal(List.of(), () -> chain(TcxHook.INGRESS));
    }

    @Test
    void detachedLinksLetGoThoughTheyArePinned() {
        try (BpfProgram pass = object.program("pass");
                TcxLink link = TcxLink.attach(pass, ifindex, TcxHook.INGRESS)) {
            link.pin(pins.resolve("link"));
            link.detach();
            link.detach();
            assertEquals(List.of(), chain(TcxHook.INGRESS));
            assertEquals(0, link.info().ifindex());
        }
    }

    @Test
    void deletedDevicesLeaveLinksThatSaySo() {
        try (BpfProgram pass = object.program("pass");
                BpfProgram drop = object.program("drop");
                TcxLink link = TcxLink.attach(pass, ifindex, TcxHook.INGRESS)) {
            Shell.run("ip link del weir-a");
            assertEquals(0, link.info().ifindex());
            assertThrows(Failed.class, () -> link.update(drop));
            assertEquals(Optional.empty(), TcxAttachment.chain(ifindex, TcxHook.INGRESS));
            Failed gone = assertThrows(Failed.class, () -> TcxLink.attach(pass, ifindex, TcxHook.INGRESS));
            assertEquals("ENODEV", gone.errno().name());
            assertEquals(
                    "attach program pass to ifindex " + ifindex + ", TCX INGRESS: ENODEV – no such device; the device"
                            + " went, or lives in another network namespace",
                    gone.getMessage());
        }
    }

    @Test
    void chainsListProgramsInTheOrderOfPackets() {
        try (BpfProgram pass = object.program("pass");
                BpfProgram drop = object.program("drop");
                TcxLink first = TcxLink.attach(pass, ifindex, TcxHook.INGRESS);
                TcxLink second = TcxLink.attach(drop, ifindex, TcxHook.INGRESS)) {
            assertEquals(
                    List.of(first.info().programId(), second.info().programId()),
                    chain(TcxHook.INGRESS).stream()
                            .map(TcxAttachment::programId)
                            .toList());
        }
    }

    @Test
    void programsOfAnotherKindAreRefused() {
        try (BpfProgram swap = object.program("swap")) {
            Failed refused = assertThrows(Failed.class, () -> TcxLink.attach(swap, ifindex, TcxHook.INGRESS));
            assertTrue(String.valueOf(refused.getMessage()).endsWith("is it a program for tc?"), refused::getMessage);
        }
    }

    @Test
    void otherPinsAreNoLinks() {
        Path pin = pins.resolve("program");
        try (BpfProgram pass = object.program("pass")) {
            pass.pin(pin);
        }
        assertThrows(AbiMismatch.class, () -> TcxLink.openPinned(pin));
    }
}
