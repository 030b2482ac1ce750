// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.agent.Log;
import java.util.HashMap;
import java.util.Map;

/// Why devices are not enforced that should be, found anew in each turn. The enforcer's own, for its one thread.
final class DeviceErrors {
    private final Map<Integer, String> byIfindex = new HashMap<>();

    /// Begins a turn. Devices that cannot be enforced by their nature are told in the log when they first are.
    void begin(Map<Integer, Selection.Unfit> unfit) {
        Map<Integer, String> told = Map.copyOf(byIfindex);
        byIfindex.clear();
        unfit.forEach((ifindex, each) -> {
            byIfindex.put(ifindex, each.why());
            if (!each.why().equals(told.get(ifindex))) {
                Log.error(
                        "device %s is not enforced: %s".formatted(each.device().name(), each.why()));
            }
        });
    }

    /// Takes note of an attempt that failed.
    void failed(EndpointId id, String device, String why) {
        byIfindex.put(id.ifindex(), why);
        Log.error("%s is not enforced: %s".formatted(id.called(device), why));
    }

    boolean has(int ifindex) {
        return byIfindex.containsKey(ifindex);
    }

    /// Reasons by ifindex.
    Map<Integer, String> all() {
        return Map.copyOf(byIfindex);
    }
}
