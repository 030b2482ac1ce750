// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Codecs;
import dev.weir.abi.Count;
import dev.weir.abi.DeviceKey;
import dev.weir.bpf.BpfException.AbiMismatch;
import dev.weir.bpf.BpfException.Failed;
import dev.weir.bpf.BpfException.VerifierRejected;
import dev.weir.testing.KernelTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BpfObjectTest extends KernelTest {
    @Test
    void sizesAreSetBeforeLoading() {
        try (BpfObject object = Sample.open()) {
            object.maxEntries("numbers", 100).valueSize("shared", 4096).load();
            try (MappedArray shared = object.mappedArray("shared");
                    BpfMap<Integer, Long> numbers = object.map("numbers", Codecs.U32, Codecs.U64)) {
                assertEquals(2 * 4096, shared.length());
                assertEquals(100, numbers.info().maxEntries());
                assertEquals("numbers", numbers.info().name());
                assertTrue(shared.memory().orElseThrow() >= 2 * 4096);
            }
        }
    }

    @Test
    void programsSeeTheConstants() {
        try (BpfObject object = Sample.open()) {
            object.constants(DeviceKey.CODEC, new DeviceKey(41, 1)).load();
            try (BpfProgram look = object.program("look")) {
                assertEquals(42, look.testRun(new byte[64], 1).verdict() % 100);
            }
        }
    }

    @Test
    void constantsOfAnotherSizeAreRefused() {
        try (BpfObject object = Sample.open()) {
            AbiMismatch refused = assertThrows(AbiMismatch.class, () -> object.constants(Count.CODEC, new Count(1, 2)));
            assertEquals(
                    "object sample: .rodata has 8 bytes, but weir_count has 16; it was made by another version of Weir"
                            + " or by something else",
                    refused.getMessage());
        }
    }

    @Test
    void rejectionsBeginWithTheReasonAndKeepTheLog() {
        try (BpfObject object = BpfObject.open("rejected", Sample.bytes("rejected"))) {
            object.pinnedAt("unused", pins.resolve("unused"));
            VerifierRejected rejected = assertThrows(VerifierRejected.class, object::load);
            String text = String.valueOf(rejected.getMessage());
            String first = text.lines().findFirst().orElseThrow();
            String reason = first.replace("load careless: the kernel's verifier rejected it (EACCES): ", "");
            assertTrue(reason.startsWith("R1 "), first);
            assertTrue(rejected.log().contains("\n" + reason + "\nprocessed "), text);
            assertTrue(text.endsWith(rejected.log()));
            assertFalse(Files.exists(pins.resolve("unused")));
        }
    }

    @Test
    void whatIsNoObjectIsRefused() {
        Failed refused = assertThrows(Failed.class, () -> BpfObject.open("nonsense", new byte[100]));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("open BPF object nonsense: "), refused::getMessage);
    }

    @Test
    void pinnedMapsAreUsedAgain() {
        Path pin = pins.resolve("numbers");
        try (BpfObject first = Sample.open()) {
            first.pinnedAt("numbers", pin).load();
            try (BpfMap<Integer, Long> numbers = first.map("numbers", Codecs.U32, Codecs.U64)) {
                numbers.update(1, 111L);
            }
        }
        try (BpfObject second = Sample.open()) {
            second.pinnedAt("numbers", pin).load();
            try (BpfMap<Integer, Long> numbers = second.map("numbers", Codecs.U32, Codecs.U64);
                    BpfMap<Integer, Long> opened = BpfMap.openPinned(pin, Codecs.U32, Codecs.U64)) {
                assertEquals(Optional.of(111L), numbers.lookup(1));
                assertEquals(opened.info(), numbers.info());
            }
        }
    }

    @Test
    void pinnedMapsOfAnotherSizeAreRefusedAndLeftAlone() {
        Path pin = pins.resolve("numbers");
        try (BpfObject first = Sample.open()) {
            first.pinnedAt("numbers", pin).load();
        }
        try (BpfObject second = Sample.open()) {
            second.pinnedAt("numbers", pin).maxEntries("numbers", 17);
            AbiMismatch refused = assertThrows(AbiMismatch.class, second::load);
            assertEquals(
                    "pinned map " + pin + ": size is 16, wanted is 17; it was made by another version of Weir or by"
                            + " something else",
                    refused.getMessage());
        }
        assertTrue(Files.exists(pin));
    }

    @Test
    void codecsMustFitTheMap() {
        try (BpfObject object = Sample.loaded()) {
            AbiMismatch value = assertThrows(AbiMismatch.class, () -> object.map("numbers", Codecs.U32, Count.CODEC));
            assertEquals(
                    "map numbers: value has 8 bytes, but weir_count has 16; it was made by another version of Weir or"
                            + " by something else",
                    value.getMessage());
            assertThrows(AbiMismatch.class, () -> object.map("numbers", Codecs.U64, Codecs.U64));
            assertThrows(AbiMismatch.class, () -> object.map("counts", Codecs.U32, Count.CODEC));
            assertThrows(AbiMismatch.class, () -> object.perCpuArray("numbers", Codecs.U64));
            assertThrows(AbiMismatch.class, () -> object.mappedArray("numbers"));
        }
    }

    @Test
    void namesThatAreNotThereAndUsesInTheWrongOrderAreTold() {
        BpfObject object = Sample.open();
        try (object) {
            assertThrows(IllegalArgumentException.class, () -> object.maxEntries("absent", 1));
            assertThrows(IllegalStateException.class, () -> object.map("numbers", Codecs.U32, Codecs.U64));
            object.load();
            assertThrows(IllegalArgumentException.class, () -> object.program("absent"));
            assertThrows(Failed.class, () -> object.maxEntries("numbers", 1));
        }
        object.close();
        assertEquals(
                "BPF object sample is closed",
                assertThrows(IllegalStateException.class, object::load).getMessage());
    }
}
