// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Codecs;
import dev.weir.bpf.BpfException.Failed;
import dev.weir.bpf.BpfMap.Update;
import dev.weir.testing.KernelTest;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class BpfMapTest extends KernelTest {
    private static BpfMap<Integer, Long> numbers(int entries) {
        try (BpfObject object = Sample.open()) {
            object.maxEntries("numbers", entries).load();
            return object.map("numbers", Codecs.U32, Codecs.U64);
        }
    }

    private static Map<Integer, Long> dump(BpfMap<Integer, Long> map) {
        Map<Integer, Long> all = new HashMap<>();
        map.forEach((key, value) -> assertEquals(null, all.put(key, value), "shown once"));
        return all;
    }

    @Test
    void partsLaidEndToEndShowEveryEntryThatStaysOnce() {
        try (BpfMap<Integer, Long> map = numbers(5_000)) {
            for (int i = 0; i < 3_000; i++) {
                map.update(i, (long) i);
            }
            for (int count : new int[] {1, 7, 4096}) {
                Map<Integer, Long> all = new HashMap<>();
                OptionalInt position = OptionalInt.of(0);
                int parts = 0;
                while (position.isPresent()) {
                    position = map.forEachFrom(
                            position.getAsInt(),
                            count,
                            (key, value) -> assertEquals(null, all.put(key, value), "shown once"));
                    map.update(4_000, (long) parts++); // one comes, and one goes
                    map.delete(4_000);
                }
                all.remove(4_000);
                assertEquals(3_000, all.size());
                assertTrue(count > 7 || parts > 100, parts + " parts");
            }
        }
    }

    @Test
    void manyAreWrittenAtOnce() {
        try (BpfMap<Integer, Long> map = numbers(10_000)) {
            Map<Integer, Long> entries = new HashMap<>();
            for (int i = 0; i < 2 * MapDump.BATCH + 1; i++) {
                entries.put(i, 3L * i);
            }
            map.update(1, 1L); // is overwritten
            map.update(9_999, 1L); // stays
            map.updateAll(Map.of());
            map.updateAll(entries);
            entries.put(9_999, 1L);
            assertEquals(entries, dump(map));
        }
    }

    @Test
    void writingMoreThanThereIsRoomForIsTold() {
        try (BpfMap<Integer, Long> map = numbers(2)) {
            assertThrows(Failed.class, () -> map.updateAll(Map.of(1, 1L, 2, 2L, 3, 3L)));
            assertEquals(2, dump(map).size());
        }
    }

    @Test
    void positionBehindTheLastBucketIsTheEnd() {
        try (BpfMap<Integer, Long> map = numbers(16)) {
            map.update(7, 70L);
            for (int position : new int[] {-1, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 20}) {
                assertEquals(OptionalInt.empty(), map.forEachFrom(position, 10, (key, value) -> {
                    throw new AssertionError("shown");
                }));
            }
        }
    }

    @Test
    void entriesComeAndGo() {
        try (BpfMap<Integer, Long> map = numbers(16)) {
            assertEquals(Optional.empty(), map.lookup(7));
            map.update(7, 70L);
            map.update(7, 71L);
            assertEquals(Optional.of(71L), map.lookup(7));
            assertTrue(map.delete(7));
            assertFalse(map.delete(7));
            assertEquals(Optional.empty(), map.lookup(7));
        }
    }

    @Test
    void updatesAskForTheKeyToBeAbsentOrThere() {
        try (BpfMap<Integer, Long> map = numbers(16)) {
            assertFalse(map.update(1, 10L, Update.EXIST));
            assertTrue(map.update(1, 11L, Update.NOEXIST));
            assertFalse(map.update(1, 12L, Update.NOEXIST));
            assertTrue(map.update(1, 13L, Update.EXIST));
            assertEquals(Map.of(1, 13L), dump(map));
        }
    }

    @Test
    void fullMapsSayWhatToDo() {
        try (BpfMap<Integer, Long> map = numbers(2)) {
            map.update(1, 1L);
            map.update(2, 2L);
            Failed full = assertThrows(Failed.class, () -> map.update(3, 3L));
            assertEquals("E2BIG", full.errno().name());
            assertEquals(
                    "write to numbers: E2BIG – too big: the map is full, or an argument too long; raise the map's size",
                    full.getMessage());
        }
    }

    @Test
    void dumpsShowEveryEntryOnceHoweverMany() {
        try (BpfMap<Integer, Long> map = numbers(20_000)) {
            assertEquals(Map.of(), dump(map));
            Map<Integer, Long> expected = new HashMap<>();
            for (int i = 0; i < 20_000; i++) {
                map.update(i * 31, (long) i);
                expected.put(i * 31, (long) i);
            }
            assertEquals(expected, dump(map));
        }
    }

    @Test
    void dumpsMayDeleteWhatTheyAreShown() {
        try (BpfMap<Integer, Long> map = numbers(10_000)) {
            for (int i = 0; i < 10_000; i++) {
                map.update(i, 0L);
            }
            map.forEach((key, value) -> map.delete(key));
            assertEquals(Map.of(), dump(map));
        }
    }

    @Test
    void mapsWithoutBatchesAreReadKeyByKey() {
        try (BpfObject object = Sample.loaded();
                BpfMap<Integer, Integer> devices = object.map("devices", Codecs.U32, Codecs.U32)) {
            devices.update(3, 1);
            devices.update(1000, 1);
            Map<Integer, Integer> all = new HashMap<>();
            devices.forEach(all::put);
            assertEquals(Map.of(3, 1, 1000, 1), all);
        }
    }

    @Test
    void pinsOutliveHandlesAndKeepTheirPlace() {
        Path pin = pins.resolve("numbers");
        try (BpfMap<Integer, Long> map = numbers(16)) {
            map.pin(pin);
            map.update(5, 55L);
            Failed taken = assertThrows(Failed.class, () -> map.pin(pin));
            assertEquals("EEXIST", taken.errno().name());
        }
        try (BpfMap<Integer, Long> map = BpfMap.openPinned(pin, Codecs.U32, Codecs.U64)) {
            assertEquals(Optional.of(55L), map.lookup(5));
        }
        Failed absent =
                assertThrows(Failed.class, () -> BpfMap.openPinned(pins.resolve("absent"), Codecs.U32, Codecs.U64));
        assertEquals("ENOENT", absent.errno().name());
    }

    @Test
    void closedMapsAreNamed() {
        BpfMap<Integer, Long> map = numbers(16);
        map.close();
        map.close();
        assertEquals(
                "map numbers is closed",
                assertThrows(IllegalStateException.class, () -> map.lookup(1)).getMessage());
    }
}
