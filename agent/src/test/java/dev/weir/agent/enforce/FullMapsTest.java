// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Limits;
import java.util.List;
import org.junit.jupiter.api.Test;

class FullMapsTest {
    private static final FullMaps.Fill ROOM =
            new FullMaps.Fill(Limits.MAX_ENDPOINTS - 1, Limits.MAX_ADDRESSES - 1, false);

    private final FullMaps maps = new FullMaps();

    private List<String> full(FullMaps.Fill fill, long flows) {
        return maps.find(fill, flows).stream()
                .map(drift -> drift.what().split(" ", 2)[0])
                .toList();
    }

    @Test
    void oneFreePlaceIsRoom() {
        assertEquals(List.of(), full(ROOM, Limits.MAX_FLOWS - 1));
    }

    @Test
    void eachFullMapIsNamed() {
        assertEquals(
                List.of("weir_flows", "weir_endpoints", "weir_addresses", "weir_cells"),
                full(new FullMaps.Fill(Limits.MAX_ENDPOINTS, Limits.MAX_ADDRESSES, true), Limits.MAX_FLOWS));
    }

    @Test
    void flowTableIsFullUntilThereIsSomeRoom() {
        assertEquals(List.of("weir_flows"), full(ROOM, Limits.MAX_FLOWS));
        assertEquals(List.of("weir_flows"), full(ROOM, Limits.MAX_FLOWS - 1));
        assertEquals(List.of(), full(ROOM, Limits.MAX_FLOWS / 10 * 9));
        assertEquals(List.of(), full(ROOM, Limits.MAX_FLOWS - 1));
    }

    @Test
    void remedyIsNamed() {
        assertTrue(maps.find(ROOM, Limits.MAX_FLOWS).stream()
                .noneMatch(drift -> drift.remedy().isEmpty()));
    }
}
