// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.abi.Codec;
import dev.weir.abi.Flow;
import dev.weir.abi.FlowKey;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.BpfMap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;

/// The kernel's table of flows, read by nothing but `bpf_map_lookup_batch`.
final class FlowTable implements AutoCloseable {
    private static final PinPaths PINS = new PinPaths(Path.of("/sys/fs/bpf/weir"));

    private final BpfMap<Blank, Blank> map = BpfMap.openPinned(
            PINS.map(WeirMaps.FLOWS), new Unread(FlowKey.CODEC.layout()), new Unread(Flow.CODEC.layout()));

    /// What is made of an entry.
    private enum Blank {
        BLANK
    }

    private record Unread(StructLayout layout) implements Codec<Blank> {
        @Override
        public void encode(Blank value, MemorySegment target) {
            throw new UnsupportedOperationException("the table is only read");
        }

        @Override
        public Blank decode(MemorySegment source) {
            return Blank.BLANK;
        }
    }

    /// Reads all of it.
    ///
    /// @return how many flows there were
    long read() {
        LongAdder flows = new LongAdder();
        map.forEach((key, flow) -> flows.increment());
        return flows.sum();
    }

    /// What the kernel says that the table takes: its buckets and its entries.
    double mebibytes() {
        return KernelMemory.map(WeirMaps.FLOWS) / (1024.0 * 1024);
    }

    @Override
    public void close() {
        map.close();
    }
}
