// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Codecs;
import dev.weir.testing.KernelTest;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MapDumpTest extends KernelTest {
    @Test
    void batchesGrowUntilTheFullestBucketFits() {
        try (BpfObject object = Sample.open()) {
            object.maxEntries("numbers", 5_000).load();
            try (BpfMap<Integer, Long> map = object.map("numbers", Codecs.U32, Codecs.U64)) {
                Map<Integer, Long> expected = new HashMap<>();
                for (int i = 0; i < 5_000; i++) {
                    map.update(i, -1L);
                    expected.put(i, -1L);
                }
                Map<Integer, Long> all = new HashMap<>();
                new MapDump<>(map, Codecs.U32, Codecs.U64, 1).run(all::put);
                assertEquals(expected, all);
            }
        }
    }
}
