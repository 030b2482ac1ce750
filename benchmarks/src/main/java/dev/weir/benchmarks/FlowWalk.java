// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.abi.BpfObjects;
import dev.weir.abi.ExpireArgs;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.pins.WeirMaps;
import dev.weir.bpf.BpfObject;
import dev.weir.bpf.BpfProgram;
import java.nio.file.Path;
import java.util.List;

/// The walk over all flows that the agent has the kernel take every five seconds; for when no agent runs.
final class FlowWalk implements AutoCloseable {
    private static final PinPaths PINS = new PinPaths(Path.of("/sys/fs/bpf/weir"));
    private static final List<String> WALKED =
            List.of(WeirMaps.FLOWS, WeirMaps.ENDPOINTS, WeirMaps.ACCOUNTS, WeirMaps.PEERS, WeirMaps.STATE);

    private final BpfProgram expire;

    FlowWalk() {
        try (BpfObject walk = BpfObject.open("expire", BpfObjects.bytes("expire"))) {
            WALKED.forEach(map -> walk.pinnedAt(map, PINS.map(map)));
            walk.load();
            expire = walk.program("weir_expire");
        }
    }

    /// What a walk has done, and in what time.
    record Walked(ExpireArgs flows, double seconds) {}

    /// Takes a walk.
    ///
    /// @param jiffies for how long a flow may have rested; the walk after the one that finds that it has rested for
    ///     longer deletes it
    Walked walk(int jiffies) {
        ExpireArgs.Idle limits = new ExpireArgs.Idle(jiffies, jiffies, jiffies, jiffies, jiffies, jiffies, jiffies);
        long start = System.nanoTime();
        ExpireArgs flows =
                expire.call(ExpireArgs.CODEC, ExpireArgs.idle(limits)).argument();
        return new Walked(flows, (System.nanoTime() - start) / 1e9);
    }

    @Override
    public void close() {
        expire.close();
    }
}
