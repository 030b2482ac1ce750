// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ImageHeapTest {
    private static final int LINE = 64;

    private static ByteBuffer content(int number, int bytes) {
        return ByteBuffer.allocate(bytes).putInt(0, number);
    }

    @Test
    void offsetZeroIsNeverGivenOut() {
        assertEquals(OptionalInt.of(LINE), new ImageHeap(10 * LINE).place(content(1, 4)));
    }

    @Test
    void nothingHasNoPlace() {
        assertThrows(IllegalArgumentException.class, () -> new ImageHeap(10 * LINE).place(ByteBuffer.allocate(0)));
    }

    @Test
    void equalContentsAreFoundWhereTheyStand() {
        ImageHeap heap = new ImageHeap(10 * LINE);
        assertEquals(OptionalInt.empty(), heap.find(content(1, 100)));
        heap.place(content(1, 100));
        assertEquals(OptionalInt.of(LINE), heap.find(content(1, 100)));
        assertEquals(OptionalInt.empty(), heap.find(content(1, 101)));
        assertEquals(OptionalInt.empty(), heap.find(content(2, 100)));
    }

    @Test
    void lastByteMayBeUsedAndNoMore() {
        assertEquals(OptionalInt.of(LINE), new ImageHeap(200).place(content(1, 200 - LINE)));
        assertEquals(OptionalInt.empty(), new ImageHeap(200).place(content(1, 201 - LINE)));
        assertEquals(OptionalInt.empty(), new ImageHeap(LINE).place(content(1, 4)));
    }

    @Test
    void whatIsNotRetainedMakesRoomForWhatFits() {
        ImageHeap heap = new ImageHeap(4 * LINE);
        heap.place(content(1, LINE));
        heap.place(content(2, LINE));
        heap.place(content(3, LINE));
        assertEquals(OptionalInt.empty(), heap.place(content(4, 4)));
        heap.retain(Set.of(LINE, 3 * LINE));
        assertEquals(OptionalInt.empty(), heap.find(content(2, LINE)));
        assertEquals(OptionalInt.empty(), heap.place(content(4, LINE + 4)));
        assertEquals(OptionalInt.of(2 * LINE), heap.place(content(4, LINE)));
        assertEquals(3 * LINE, heap.usedBytes());
    }

    @Test
    void whatAnEarlierAgentWroteIsSteppedOver() {
        ImageHeap heap = new ImageHeap(10 * LINE);
        heap.adopt(2 * LINE, content(7, LINE + 1));
        assertEquals(OptionalInt.of(2 * LINE), heap.find(content(7, LINE + 1)));
        assertEquals(OptionalInt.of(4 * LINE), heap.place(content(1, LINE + 4)));
        assertEquals(OptionalInt.of(LINE), heap.place(content(2, LINE)));
    }

    /// Against a model that marks every byte.
    @Property
    void placesNeverOverlapAndAreTakenWhileThereIsRoom(
            @ForAll @Size(max = 60) List<@IntRange(min = 4, max = 700) Integer> sizes) {
        int capacity = 2048;
        ImageHeap heap = new ImageHeap(capacity);
        int[] owner = new int[capacity];
        Map<Integer, Integer> offsets = new HashMap<>();
        for (int number = 1; number <= sizes.size(); number++) {
            int size = sizes.get(number - 1);
            if (size % 5 == 0) { // every second block that is left goes
                Set<Integer> kept = new HashSet<>();
                int skipped = size;
                for (Map.Entry<Integer, Integer> entry : Map.copyOf(offsets).entrySet()) {
                    if (skipped++ % 2 == 0) {
                        kept.add(entry.getValue());
                    } else {
                        offsets.remove(entry.getKey());
                        IntStream.range(0, capacity)
                                .filter(i -> owner[i] == entry.getKey())
                                .forEach(i -> owner[i] = 0);
                    }
                }
                heap.retain(kept);
            }
            OptionalInt place = heap.place(content(number, size));
            assertEquals(firstFit(owner, size), place);
            if (place.isPresent()) {
                offsets.put(number, place.getAsInt());
                Arrays.fill(owner, place.getAsInt(), place.getAsInt() + size, number);
            }
            assertEquals(Arrays.stream(owner).filter(o -> o != 0).count(), heap.usedBytes());
        }
        offsets.forEach((number, offset) ->
                assertTrue(heap.find(content(number, sizes.get(number - 1))).equals(OptionalInt.of(offset))));
    }

    /// The first multiple of a line, but 0, behind which `size` bytes are free.
    private static OptionalInt firstFit(int[] owner, int size) {
        for (int start = LINE; start + size <= owner.length; start += LINE) {
            boolean free = true;
            for (int i = start; i < start + size && free; i++) {
                free = owner[i] == 0;
            }
            if (free) {
                return OptionalInt.of(start);
            }
        }
        return OptionalInt.empty();
    }
}
