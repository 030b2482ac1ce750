// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.upgrade;

import dev.weir.abi.Codec;
import dev.weir.abi.Codecs;
import dev.weir.abi.SumPlaces;
import dev.weir.bpf.BpfMap;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import dev.weir.bpf.MapShape;
import dev.weir.bpf.PerCpuArray;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;

/// A map of an older layout, and the one that takes its place.
///
/// @param name of both
/// @param older where the older one is pinned
/// @param newer where the other one is
record OlderMap(String name, Path older, Path newer, MapShape before, MapShape after) {
    /// What says how maps hang together: made anew with them, never taken over.
    private static final Set<String> ANEW =
            Set.of("weir_state.layout", "weir_endpoints.chain[0]", "weir_endpoints.chain[1]", "weir_accounts.flows");

    static OlderMap of(String name, Path older, Path newer) {
        return new OlderMap(name, older, newer, MapShape.ofPinned(older), MapShape.ofPinned(newer));
    }

    /// Whether both hold the same things in the same way.
    boolean isSame() {
        return before.equals(after);
    }

    Translation keys() {
        return Translation.of(before.key(), after.key(), after.keySize(), path -> true);
    }

    Translation values() {
        return Translation.of(
                before.value(), after.value(), after.valueSize(), path -> !ANEW.contains(name + "." + path));
    }

    /// Copies every entry, of an array without its sums.
    void copy() {
        if (before.keySize() == 0 || before.perCpu() || after.perCpu() || before.isArray() != after.isArray()) {
            return; // a ring of events; or all values are sums; or it is something else by now
        }
        Translation keys = keys();
        Translation values = values();
        try (BpfMap<byte[], byte[]> from = open(older, before);
                BpfMap<byte[], byte[]> to = open(newer, after)) {
            from.forEach((key, value) -> {
                if (!after.isArray()) {
                    to.update(keys.apply(key), values.apply(value));
                } else if (index(key) < after.maxEntries()) {
                    byte[] element = values.withoutSums(value);
                    if (!isZero(element)) { // as most are, and as all begin
                        to.update(key, element);
                    }
                }
            });
        }
    }

    /// Moves the sums of an array to the other, where programs count by now. One call moves all of one CPU.
    ///
    /// @param object the compiled `sums`
    void moveSums(byte[] object) {
        SumPlaces places = new SumPlaces(before.perCpu(), values().sums());
        if (!before.isArray() || !after.isArray() || places.places().isEmpty()) {
            return;
        }
        try (BpfObject sums = BpfObject.open("sums", object)) {
            int cpus = 1;
            if (before.perCpu()) {
                try (PerCpuArray<byte[]> from = PerCpuArray.openPinned(older, value(before))) {
                    sums.using("older", from);
                    cpus = from.cpus();
                }
            } else {
                try (BpfMap<byte[], byte[]> from = open(older, before)) {
                    sums.using("older", from);
                }
            }
            if (after.perCpu()) {
                try (PerCpuArray<byte[]> to = PerCpuArray.openPinned(newer, value(after))) {
                    sums.using("newer", to);
                }
            } else {
                try (BpfMap<byte[], byte[]> to = open(newer, after)) {
                    sums.using("newer", to);
                }
            }
            sums.constants(SumPlaces.CODEC, places).load();
            try (BpfProgram program = sums.program("weir_take_sums")) {
                for (int cpu = 0; cpu < cpus; cpu++) {
                    program.call(Codecs.U32, cpu);
                }
            }
        }
    }

    private static boolean isZero(byte[] bytes) {
        for (byte each : bytes) {
            if (each != 0) {
                return false;
            }
        }
        return true;
    }

    private static int index(byte[] key) {
        return Integer.reverseBytes(ByteBuffer.wrap(key).getInt());
    }

    private static BpfMap<byte[], byte[]> open(Path path, MapShape shape) {
        return BpfMap.openPinned(path, Codecs.bytes(shape.keySize()), value(shape));
    }

    private static Codec<byte[]> value(MapShape shape) {
        return Codecs.bytes(shape.valueSize());
    }
}
