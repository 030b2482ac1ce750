// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Codecs;
import dev.weir.abi.Count;
import dev.weir.testing.KernelTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Program `tell` puts numbers from 1 on into a ring of 4,096 bytes: every third is given up, every fourth is short.
class RingBufferTest extends KernelTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<Long> seen = new ArrayList<>();
    private BpfObject object;
    private BpfProgram tell;
    private RingBuffer ring;

    @BeforeEach
    void load() {
        object = Sample.loaded();
        tell = object.program("tell");
        ring = object.ringBuffer("ring");
    }

    @AfterEach
    void release() {
        ring.close();
        tell.close();
        object.close();
    }

    private boolean tell() {
        return tell.testRun(new byte[60], 1).verdict() == 1;
    }

    private int drain() {
        seen.clear();
        return ring.drain(Count.CODEC, record -> seen.add(record.packets()));
    }

    @Test
    void recordsComeOutInOrderAndOnce() {
        for (int i = 1; i <= 8; i++) {
            assertTrue(tell());
        }
        assertEquals(8, drain(), "with those that were given up or are too short");
        assertEquals(List.of(1L, 2L, 5L, 7L), seen);
        assertEquals(0, drain());
    }

    @Test
    void ringGoesRoundAndRound() {
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            assertTrue(tell());
            if (i % 50 == 0) {
                drain();
                all.addAll(seen);
            }
        }
        drain();
        all.addAll(seen);
        List<Long> expected = new ArrayList<>();
        for (long number = 1; number <= 2000; number++) {
            if (number % 3 != 0 && number % 4 != 0) {
                expected.add(number);
            }
        }
        assertEquals(expected, all);
    }

    @Test
    void fullRingRefusesUntilRecordsAreTakenOut() {
        int told = 0;
        while (tell()) {
            told++;
        }
        assertEquals(told, drain());
        assertTrue(told > 4096 / 24 - 2, "no more than a record is wasted: " + told);
        assertTrue(tell());
    }

    @Test
    void whoOnlyLooksTakesNothing() {
        tell();
        ring.peek(Count.CODEC, record -> seen.add(record.packets()));
        ring.peek(Count.CODEC, record -> seen.add(record.packets()));
        assertEquals(List.of(1L, 1L), seen);
        assertEquals(1, drain());
    }

    @Test
    void recordEndsTheWait() {
        tell();
        long start = System.nanoTime();
        ring.await(LONG);
        assertTrue(System.nanoTime() - start < LONG.toNanos() / 2);
        assertEquals(1, drain());
    }

    @Test
    void recordThatComesLaterEndsTheWaitToo() throws InterruptedException {
        Thread waiting = Thread.ofPlatform().start(() -> ring.await(LONG));
        while (waiting.getState() == Thread.State.NEW) {
            Thread.onSpinWait();
        }
        tell();
        assertTrue(waiting.join(LONG.dividedBy(2)));
    }

    @Test
    void wakingEndsOneWait() {
        ring.wake();
        long start = System.nanoTime();
        ring.await(LONG);
        assertTrue(System.nanoTime() - start < LONG.toNanos() / 2);
        ring.await(Duration.ZERO);
        assertEquals(0, drain());
    }

    @Test
    void otherMapsAndClosedOnesAreRefused() {
        assertThrows(BpfException.AbiMismatch.class, () -> object.ringBuffer("numbers"));
        assertThrows(BpfException.AbiMismatch.class, () -> object.map("ring", Codecs.U32, Codecs.U64));
        ring.close();
        ring.close();
        assertThrows(IllegalStateException.class, () -> drain());
    }
}
