// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.Flow;
import dev.weir.abi.FlowKey;
import dev.weir.abi.FlowState;
import dev.weir.abi.IpAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class FlowMemoryTest {
    private static Flow flow(long bytes) {
        return flow(bytes, 99);
    }

    private static Flow flow(long bytes, long opened) {
        return new Flow(
                0,
                bytes + 1,
                bytes + 2,
                bytes + 3,
                bytes + 4,
                opened,
                0,
                1,
                Direction.EGRESS,
                FlowState.NEW,
                0,
                0,
                0,
                0);
    }

    private static FlowKey key(int port) {
        return new FlowKey(IpAddress.parse("192.0.2.1"), IpAddress.parse("198.51.100.1"), port, 53, 7, 0, 17);
    }

    /// As a map of Java does it, in few places, so that neighbours collide and ends wrap around.
    @Property
    void remembersWhatAMapWould(@ForAll @Size(max = 300) List<@IntRange(max = 60) Integer> steps) {
        FlowMemory memory = new FlowMemory(1);
        Map<Long, Long> model = new HashMap<>();
        int count = 0;
        for (int step : steps) {
            long id = (1L << 40) * (step % 15 + 1) + (step % 5 == 0 ? 1023 : step % 3);
            count++;
            if (step < 40) {
                memory.remember(id, flow(count), count, 0);
                model.put(id, (long) count);
            } else {
                memory.forget(id);
                model.remove(id);
            }
        }
        assertEquals(model.size(), memory.size());
        model.forEach((id, bytes) -> {
            int place = memory.find(id);
            assertNotEquals(FlowMemory.NONE, place);
            assertEquals(bytes + 1, memory.egressPackets(place));
            assertEquals(bytes + 2, memory.ingressPackets(place));
            assertEquals(bytes + 3, memory.egressBytes(place));
            assertEquals(bytes + 4, memory.ingressBytes(place));
            assertEquals(bytes.intValue(), memory.toldAt(place));
        });
    }

    @Test
    void forgetsWhatTwoWalksHaveNotSeen() {
        FlowMemory memory = new FlowMemory(1);
        for (long id = 1; id <= 5000; id++) {
            memory.remember(id, flow(id), 0, 1);
        }
        for (long id = 1; id <= 5000; id += 2) {
            memory.see(memory.find(id), 2);
        }
        memory.forgetUnseen(2);
        assertEquals(5000, memory.size());
        for (long id = 1; id <= 5000; id += 2) {
            memory.see(memory.find(id), 3);
        }
        memory.forgetUnseen(3);
        assertEquals(2500, memory.size());
        for (long id = 1; id <= 5000; id++) {
            assertEquals(id % 2 == 1, memory.find(id) != FlowMemory.NONE);
        }
        memory.forgetUnseen(5);
        assertEquals(0, memory.size());
    }

    @Test
    void remembersNoMoreThanItsLimit() {
        FlowMemory memory = new FlowMemory(1, 1000);
        for (long id = 1; id <= 1001; id++) {
            assertEquals(id <= 1000, memory.hasRoom());
            memory.remember(id, flow(id), 0, 1);
        }
        assertFalse(memory.hasRoom());
        assertEquals(FlowMemory.NONE, memory.find(1001));
        memory.remember(7, flow(70), 0, 1);
        assertEquals(71, memory.egressPackets(memory.find(7)), "those that are there go on");
        memory.forget(7);
        assertTrue(memory.hasRoom());
    }

    @Test
    void conversationsHaveIdsOfTheirOwn() {
        FlowMemory memory = new FlowMemory(0x5eed);
        Set<Long> ids = new HashSet<>();
        for (int port = 0; port < 65_536; port++) {
            assertTrue(ids.add(memory.id(key(port), flow(0))));
        }
        Flow later = flow(0, 100);
        assertTrue(ids.add(memory.id(key(1), later)), "one that took the place of another");
        assertNotEquals(memory.id(key(1), later), new FlowMemory(0x5eee).id(key(1), later), "nobody can foretell it");
    }
}
