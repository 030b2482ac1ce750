// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.upgrade;

import dev.weir.abi.Codecs;
import dev.weir.abi.TakenFlow;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.BpfMap;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/// The flow table of an older layout, beside the one that takes its place.
final class OlderFlows implements AutoCloseable {
    private final BpfMap<byte[], byte[]> older;
    private final BpfProgram take;
    private final Translation keys;
    private final Translation values;

    private OlderFlows(BpfMap<byte[], byte[]> older, BpfProgram take, Translation keys, Translation values) {
        this.older = older;
        this.take = take;
        this.keys = keys;
        this.values = values;
    }

    /// @param next where the new maps are pinned
    /// @param object the compiled `flows`
    static OlderFlows open(OlderMap flows, PinPaths next, byte[] object) {
        BpfMap<byte[], byte[]> older = BpfMap.openPinned(
                flows.older(),
                Codecs.bytes(flows.before().keySize()),
                Codecs.bytes(flows.before().valueSize()));
        try (BpfObject program = BpfObject.open("flows", object)) {
            WeirMaps.NAMES.forEach(map -> program.pinnedAt(map, next.map(map)));
            program.using("older", older).load();
            return new OlderFlows(older, program.program("weir_take_flow"), flows.keys(), flows.values());
        } catch (RuntimeException e) {
            older.close();
            throw e;
        }
    }

    /// Takes over every flow that is not there yet, without what it has counted: its programs still do.
    ///
    /// @return how many
    long takeNew() {
        return take(false);
    }

    /// Takes over what is left, with all that was counted, once programs of the older layout count no more.
    ///
    /// @return how many flows were not there yet
    long takeRest() {
        return take(true);
    }

    private long take(boolean last) {
        AtomicLong inserted = new AtomicLong();
        older.forEach((key, value) -> {
            TakenFlow flow = new TakenFlow(
                    ByteBuffer.wrap(last ? values.apply(value) : values.withoutSums(value)),
                    ByteBuffer.wrap(keys.apply(key)),
                    ByteBuffer.wrap(key),
                    last,
                    false);
            if (take.call(TakenFlow.CODEC, flow).argument().inserted()) {
                inserted.incrementAndGet();
            }
        });
        return inserted.get();
    }

    @Override
    public void close() {
        take.close();
        older.close();
    }
}
