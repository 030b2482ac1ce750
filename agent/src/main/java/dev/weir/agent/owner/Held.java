// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import dev.weir.abi.DeviceKey;
import java.util.Map;

/// Who held what until now: a holder keeps what it goes on claiming.
///
/// @param addresses number of the holder of each
/// @param guards of the devices that lead where they led before
public record Held(Map<Place, Integer> addresses, Map<DeviceKey, Guard> guards) {
    /// Nobody held anything.
    public static final Held NOTHING = new Held(Map.of(), Map.of());

    public Held {
        addresses = Map.copyOf(addresses);
        guards = Map.copyOf(guards);
    }
}
