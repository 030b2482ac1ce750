// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.abi.Count;
import dev.weir.testing.KernelTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PerCpuArrayTest extends KernelTest {
    private static final Count NOTHING = new Count(0, 0);

    @Test
    void sumsAreThoseOfAllCpus() {
        try (BpfObject object = Sample.loaded();
                BpfProgram pass = object.program("pass");
                PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC)) {
            for (int i = 0; i < 50; i++) {
                pass.testRun(new byte[100], 2);
            }
            assertEquals(new Count(100, 10_000), counts.sum(1));
            assertEquals(NOTHING, counts.sum(0));
        }
    }

    @Test
    void sumsOfManyElementsComeInOrder() {
        try (BpfObject object = Sample.open()) {
            object.maxEntries("counts", 70_000).load();
            try (BpfProgram pass = object.program("pass");
                    PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC)) {
                pass.testRun(new byte[60], 1);
                for (int limit : new int[] {0, 1, 2, 69_999, 70_000}) {
                    List<Count> sums = new ArrayList<>();
                    counts.forEachSum(limit, (sum, index) -> {
                        assertEquals(sums.size(), index);
                        sums.add(sum);
                    });
                    assertEquals(limit, sums.size());
                    for (int i = 0; i < limit; i++) {
                        assertEquals(i == 1 ? new Count(1, 60) : NOTHING, sums.get(i));
                    }
                }
            }
        }
    }

    @Test
    void elementsAreZeroedOnEveryCpu() {
        try (BpfObject object = Sample.loaded();
                BpfProgram pass = object.program("pass");
                PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC)) {
            pass.testRun(new byte[60], 100);
            counts.zero(1);
            assertEquals(NOTHING, counts.sum(1));
        }
    }

    @Test
    void indexesOutsideAreRefused() {
        try (BpfObject object = Sample.loaded();
                PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC)) {
            assertThrows(IndexOutOfBoundsException.class, () -> counts.sum(5));
            assertThrows(IndexOutOfBoundsException.class, () -> counts.zero(-1));
            assertThrows(IndexOutOfBoundsException.class, () -> counts.forEachSum(6, (sum, index) -> {}));
        }
    }

    @Test
    void pinsAreOpenedAgain() {
        Path pin = pins.resolve("counts");
        try (BpfObject object = Sample.loaded();
                BpfProgram pass = object.program("pass");
                PerCpuArray<Count> counts = object.perCpuArray("counts", Count.CODEC)) {
            counts.pin(pin);
            pass.testRun(new byte[60], 1);
        }
        try (PerCpuArray<Count> counts = PerCpuArray.openPinned(pin, Count.CODEC)) {
            assertEquals(new Count(1, 60), counts.sum(1));
        }
    }
}
