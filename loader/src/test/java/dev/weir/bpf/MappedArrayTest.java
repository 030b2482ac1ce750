// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Count;
import dev.weir.testing.KernelTest;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MappedArrayTest extends KernelTest {
    private static final int STRIDE = 16; // 12 bytes, rounded up

    @Test
    void programsAndAgentShareTheBytes() {
        try (BpfObject object = Sample.loaded();
                BpfProgram program = object.program("first_shared");
                MappedArray shared = object.mappedArray("shared")) {
            assertEquals(STRIDE, shared.offset(1));
            shared.setInt(shared.offset(1), 41);
            assertEquals(41, program.testRun(new byte[60], 1).verdict());
            assertEquals(42, shared.getInt(shared.offset(1) + 4));
        }
    }

    @Test
    void copiesAndStructsGoInAndOut() {
        try (BpfObject object = Sample.loaded();
                MappedArray shared = object.mappedArray("shared")) {
            shared.write(8, Count.CODEC, new Count(1, -2));
            assertEquals(new Count(1, -2), shared.read(8, Count.CODEC));
            assertEquals(-2, shared.getLong(16));
            shared.setLong(0, 0x0807060504030201L);
            assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, shared.copyOut(0, 8));
            shared.copyIn(1, new byte[] {9, 10});
            assertArrayEquals(new byte[] {1, 9, 10, 4}, shared.copyOut(0, 4));
        }
    }

    @Test
    void oneBitAnywhereIsNotZero() {
        try (BpfObject object = Sample.loaded();
                MappedArray shared = object.mappedArray("shared")) {
            int length = (int) shared.length();
            assertTrue(shared.isZero(0, length));
            shared.copyIn(length - 1, new byte[] {(byte) 0x80});
            assertFalse(shared.isZero(0, length));
            assertFalse(shared.isZero(length - 1, 1));
            assertTrue(shared.isZero(0, length - 1));
            shared.copyIn(8, new byte[] {1});
            assertFalse(shared.isZero(8, 1));
            assertTrue(shared.isZero(0, 8));
        }
    }

    @Test
    void nothingOutsideIsTouched() {
        try (BpfObject object = Sample.loaded();
                MappedArray shared = object.mappedArray("shared")) {
            long end = shared.length();
            assertEquals(2 * STRIDE, end);
            assertThrows(IndexOutOfBoundsException.class, () -> shared.getInt(end));
            assertThrows(IndexOutOfBoundsException.class, () -> shared.setLong(-8, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> shared.copyIn(end - 1, new byte[2]));
            assertThrows(IndexOutOfBoundsException.class, () -> shared.copyOut(end - 1, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> shared.isZero(end - 1, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> shared.isZero(0, 513));
            assertThrows(IndexOutOfBoundsException.class, () -> shared.read(end - 8, Count.CODEC));
            assertThrows(IndexOutOfBoundsException.class, () -> shared.offset(2));
        }
    }

    @Test
    void twoMappingsOfOnePinAreTheSameMemory() {
        Path pin = pins.resolve("shared");
        try (BpfObject object = Sample.open()) {
            object.pinnedAt("shared", pin).load();
            try (MappedArray one = object.mappedArray("shared");
                    MappedArray other = MappedArray.openPinned(pin)) {
                one.setInt(20, 5);
                assertEquals(5, other.getInt(20));
            }
        }
    }

    @Test
    void closedArraysAreNamed() {
        try (BpfObject object = Sample.loaded()) {
            MappedArray shared = object.mappedArray("shared");
            shared.close();
            shared.close();
            IllegalStateException closed = assertThrows(IllegalStateException.class, () -> shared.getInt(0));
            assertEquals("map shared is closed", closed.getMessage());
        }
    }
}
