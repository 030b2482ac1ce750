// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.DeviceKey;
import dev.weir.agent.Log;
import java.util.HashMap;
import java.util.Map;

/// Why devices are not enforced that should be, found anew in each turn. The enforcer's own, for its one thread.
final class DeviceErrors {
    private final Map<DeviceKey, String> byDevice = new HashMap<>();

    /// Begins a turn. Devices that cannot be enforced by their nature are told in the log when they first are.
    void begin(Map<DeviceKey, Selection.Unfit> unfit) {
        Map<DeviceKey, String> told = Map.copyOf(byDevice);
        byDevice.clear();
        unfit.forEach((device, each) -> {
            byDevice.put(device, each.why());
            if (!each.why().equals(told.get(device))) {
                Log.error(
                        "device %s is not enforced: %s".formatted(each.device().name(), each.why()));
            }
        });
    }

    /// Takes note of an attempt that failed.
    ///
    /// @param called what the log calls the device
    void failed(EndpointId id, String called, String why) {
        byDevice.put(id.device(), why);
        Log.error("%s is not enforced: %s".formatted(called, why));
    }

    boolean has(DeviceKey device) {
        return byDevice.containsKey(device);
    }

    /// All reasons.
    Map<DeviceKey, String> all() {
        return Map.copyOf(byDevice);
    }
}
