// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.testing.KernelTest;
import org.junit.jupiter.api.Test;

class RcuFenceTest extends KernelTest {
    @Test
    void fencesWaitForTheProgramThatRuns() throws InterruptedException {
        try (BpfObject object = Sample.loaded();
                BpfProgram slow = object.program("slow");
                MappedArray shared = object.mappedArray("shared");
                RcuFence fence = RcuFence.create()) {
            boolean seenRunning = false;
            for (int attempt = 0; attempt < 100 && !seenRunning; attempt++) {
                shared.setInt(0, 0);
                Thread running = Thread.ofPlatform().start(() -> slow.testRun(new byte[60], 1));
                while (shared.getInt(0) == 0) {
                    Thread.onSpinWait();
                }
                seenRunning = shared.getInt(0) == 1; // else this thread was off its CPU for too long
                fence.await();
                assertEquals(2, shared.getInt(0), "the program is done");
                running.join();
            }
            assertTrue(seenRunning);
        }
    }

    @Test
    void closedFencesAreNamed() {
        RcuFence fence = RcuFence.create();
        fence.close();
        fence.close();
        IllegalStateException closed = assertThrows(IllegalStateException.class, fence::await);
        assertEquals("map weir_fence_in is closed", closed.getMessage());
    }
}
