// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import dev.weir.abi.Counters;
import dev.weir.abi.Event;
import dev.weir.abi.Limits;
import dev.weir.abi.State;
import dev.weir.agent.enforce.Judge;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.MappedArray;
import dev.weir.bpf.PerCpuArray;
import dev.weir.bpf.RingBuffer;
import java.util.ArrayList;
import java.util.List;

/// What the programs of a [Judge] tell.
final class Told implements AutoCloseable {
    private static final PinPaths PINS = new PinPaths(Judge.ROOT);

    private final RingBuffer ring = WeirMaps.openEvents(PINS);
    private final PerCpuArray<Counters> counters = PerCpuArray.openPinned(PINS.map("weir_counters"), Counters.CODEC);

    /// The events since it was last asked.
    List<Event> take() {
        List<Event> events = new ArrayList<>();
        ring.drain(Event.CODEC, events::add);
        return events;
    }

    /// Events of all endpoints that were lost.
    long lost() {
        return sum().eventsLost();
    }

    /// Of these, those that a later event has told of.
    long lostTold() {
        return sum().eventsLostTold();
    }

    private Counters sum() {
        long[] sum = new long[2];
        List<Counters> last = new ArrayList<>();
        counters.forEachSum(Limits.MAX_ENDPOINTS, (each, slot) -> {
            sum[0] += each.eventsLost();
            sum[1] += each.eventsLostTold();
            last.add(each);
        });
        return new Counters(last.getFirst().egress(), last.getFirst().ingress(), sum[0], sum[1]);
    }

    /// Has every namespace wait so long between two events; 0: not at all.
    static void pace(int micros) {
        try (MappedArray state = MappedArray.openPinned(PINS.map("weir_state"))) {
            state.setInt(State.EVENT_INTERVAL, micros);
        }
    }

    @Override
    public void close() {
        counters.close();
        ring.close();
    }
}
