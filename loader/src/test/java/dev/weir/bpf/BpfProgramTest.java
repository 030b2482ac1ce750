// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.DeviceKey;
import dev.weir.bpf.BpfException.Failed;
import dev.weir.testing.KernelTest;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BpfProgramTest extends KernelTest {
    private static final int TCX_NEXT = -1;
    private static final int TCX_DROP = 2;
    private static final int XDP_DROP = 1;

    @Test
    void testRunsTellVerdictPacketAndDuration() {
        byte[] packet = new byte[80];
        packet[79] = 7;
        try (BpfObject object = Sample.loaded();
                BpfProgram pass = object.program("pass");
                BpfProgram drop = object.program("drop")) {
            assertEquals(TCX_NEXT, pass.testRun(packet, 1).verdict());
            TestRun dropped = drop.testRun(packet, 1000);
            assertEquals(TCX_DROP, dropped.verdict());
            assertArrayEquals(packet, dropped.packet());
            assertTrue(dropped.nanos() < 1_000_000, "one run took " + dropped.nanos() + " ns");
        }
    }

    @Test
    void largerProgramsAreToldAsLarger() {
        try (BpfObject object = Sample.loaded();
                BpfProgram swap = object.program("swap");
                BpfProgram filter = object.program("filter")) {
            ProgramInfo.Size small = swap.info().size();
            ProgramInfo.Size large = filter.info().size();
            assertTrue(small.translated() > 0 && small.verified() > 0, small::toString);
            assertTrue(large.translated() > small.translated(), large::toString);
            assertTrue(large.verified() > small.verified(), large::toString);
            assertTrue(large.machineBytes() >= small.machineBytes(), large::toString);
        }
    }

    @Test
    void testRunsSeeWhatTheContextSays() {
        try (BpfObject object = Sample.loaded();
                BpfProgram look = object.program("look")) {
            assertEquals(
                    1_100_300,
                    look.testRun(new byte[64], 1, new SkbContext(1, 0, 100, 3, 0, 0))
                            .verdict());
            assertEquals(1, look.testRun(new byte[64], 1, SkbContext.on(1)).verdict() / 1_000_000);
        }
    }

    @Test
    void testRunsOfXdpProgramsSeeWhatTheContextSays() {
        try (BpfObject object = Sample.loaded();
                BpfProgram look = object.program("xdp_look");
                BpfProgram drop = object.program("xdp_drop")) {
            byte[] packet = new byte[64];
            packet[63] = 7;
            assertEquals(1_640_064, look.testRun(packet, 1, XdpContext.on(0)).verdict(), "lo where no device is named");
            assertEquals(1_640_064, look.testRun(packet, 1, XdpContext.on(1)).verdict());
            assertEquals(
                    1_200_064, look.testRun(packet, 1, new XdpContext(1, 20)).verdict(), "20 bytes, then fragments");
            TestRun dropped = drop.testRun(packet, 1000, XdpContext.on(1));
            assertEquals(XDP_DROP, dropped.verdict());
            assertArrayEquals(packet, dropped.packet());
            assertTrue(dropped.nanos() < 1_000_000, "one run took " + dropped.nanos() + " ns");
            Failed nowhere =
                    assertThrows(Failed.class, () -> look.testRun(packet, 1, XdpContext.on(Integer.MAX_VALUE)));
            assertEquals("ENODEV", nowhere.errno().name());
        }
    }

    @Test
    void packetsThatNoTestRunTakesAreRefused() {
        try (BpfObject object = Sample.loaded();
                BpfProgram pass = object.program("pass")) {
            Failed tooShort = assertThrows(Failed.class, () -> pass.testRun(new byte[13], 1));
            assertEquals("EINVAL", tooShort.errno().name());
        }
    }

    @Test
    void syscallProgramsAnswerInTheirArgument() {
        try (BpfObject object = Sample.loaded();
                BpfProgram swap = object.program("swap")) {
            assertEquals(new SyscallRun<>(7, new DeviceKey(2, 1)), swap.call(DeviceKey.CODEC, new DeviceKey(1, 2)));
        }
    }

    @Test
    void programsAreFoundByPinAndNumber() {
        Path pin = pins.resolve("pass");
        try (BpfObject object = Sample.loaded();
                BpfProgram pass = object.program("pass")) {
            pass.pin(pin);
            assertEquals("pass", pass.info().name());
            assertTrue(pass.info().tag().matches("[0-9a-f]{16}"));
            try (BpfProgram pinned = BpfProgram.openPinned(pin);
                    BpfProgram numbered = BpfProgram.openById(pass.info().id()).orElseThrow()) {
                assertEquals(pass.info(), pinned.info());
                assertEquals(pass.info(), numbered.info());
            }
        }
        assertEquals(Optional.empty(), BpfProgram.openById(Integer.MAX_VALUE));
    }

    @Test
    void closedProgramsAreNamed() {
        try (BpfObject object = Sample.loaded()) {
            BpfProgram pass = object.program("pass");
            pass.close();
            pass.close();
            IllegalStateException closed =
                    assertThrows(IllegalStateException.class, () -> pass.testRun(new byte[64], 1));
            assertEquals("program pass is closed", closed.getMessage());
        }
    }
}
