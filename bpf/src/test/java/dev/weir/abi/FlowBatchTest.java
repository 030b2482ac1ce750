// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlowBatchTest {
    private static final List<FlowKey> KEYS = List.of(
            new FlowKey(IpAddress.parse("192.0.2.1"), IpAddress.parse("198.51.100.255"), 40_000, 443, 7, 65_535, 255),
            new FlowKey(IpAddress.parse("2001:db8::80"), IpAddress.parse("fe80::ff00:1"), 65_535, 0, -1, 3, 6),
            new FlowKey(IpAddress.parse("::"), IpAddress.parse("::1"), 0, 255, 0, 0, 17));
    private static final List<Flow> FLOWS = List.of(
            new Flow(
                    Flow.judgement(-1, OnChange.KEEP, Verdict.DENY, 1),
                    1,
                    2,
                    3,
                    4,
                    Long.MIN_VALUE,
                    -8,
                    65_535,
                    Direction.INGRESS,
                    FlowState.CLOSING,
                    -7,
                    9,
                    10,
                    11),
            new Flow(
                    Flow.judgement(9, OnChange.RESET, Verdict.AUDIT, 0xff_fffe),
                    -1,
                    -2,
                    -3,
                    -4,
                    5,
                    4,
                    1,
                    Direction.EGRESS,
                    FlowState.NEW,
                    8,
                    Limits.WORLD,
                    -5,
                    -6),
            new Flow(0, 0, 0, 0, 0, 0, 0, 0, Direction.EGRESS, FlowState.ANSWERED, 0, 0, 0, 0));

    @Test
    void everyPartIsThatOfTheRecords() {
        FlowBatch batch = new FlowBatch();
        try (Arena arena = Arena.ofConfined()) {
            batch.read(all(arena, FlowKey.CODEC, KEYS), all(arena, Flow.CODEC, FLOWS), KEYS.size());
        }
        assertEquals(KEYS.size(), batch.size());
        for (int i = 0; i < batch.size(); i++) {
            batch.at(i);
            assertEquals(KEYS.get(i), batch.key());
            assertEquals(KEYS.get(i), keyOf(batch, KEYS.get(i)));
            assertEquals(FLOWS.get(i), flowOf(batch, FLOWS.get(i)));
            assertEquals(FLOWS.get(i).verdict(), batch.verdict());
            assertEquals(FLOWS.get(i).cell(), batch.cell());
        }
    }

    /// The key by its parts, but for the device, which nobody asks for.
    private static FlowKey keyOf(FlowBatch batch, FlowKey device) {
        return new FlowKey(
                batch.inside(),
                batch.outside(),
                batch.insidePort(),
                batch.outsidePort(),
                device.ifindex(),
                device.vantage(),
                batch.protocol());
    }

    /// The flow by its parts, but for how it was judged, and for what only programs look at.
    private static Flow flowOf(FlowBatch batch, Flow judged) {
        return new Flow(
                judged.judgement(),
                batch.egressPackets(),
                batch.ingressPackets(),
                batch.egressBytes(),
                batch.ingressBytes(),
                batch.openedNanos(),
                batch.seen(),
                batch.slot(),
                batch.opener(),
                batch.state(),
                batch.handshakeMicros(),
                judged.peer(),
                judged.egressCredited(),
                judged.ingressCredited());
    }

    private static <T> MemorySegment all(Arena arena, Codec<T> codec, List<T> values) {
        MemorySegment segment = arena.allocate((long) values.size() * codec.byteSize(), Long.BYTES);
        for (int i = 0; i < values.size(); i++) {
            codec.encode(values.get(i), segment.asSlice((long) i * codec.byteSize()));
        }
        return segment;
    }
}
