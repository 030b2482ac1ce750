// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.DeviceKey;
import dev.weir.agent.netns.World;
import dev.weir.agent.owner.Guard;
import dev.weir.agent.owner.Held;
import dev.weir.agent.owner.Place;
import dev.weir.policy.compile.PolicyChain;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the kernel holds: the enforcer's other half of every comparison.
///
/// @param endpoints by identity
/// @param addresses number of who holds each
/// @param attached devices with a live link on both hooks
/// @param policyHash of the generation in force; empty before the first
/// @param settled whether no packet is judged by the epoch before this one any more
/// @param fresh whether this agent has not applied anything yet, so that cached verdicts may be older than the
/// addresses
record Actual(
        Map<EndpointId, Installed> endpoints,
        Map<Place, Integer> addresses,
        Set<DeviceKey> attached,
        String policyHash,
        boolean settled,
        boolean fresh) {

    Actual {
        endpoints = Map.copyOf(endpoints);
        addresses = Map.copyOf(addresses);
        attached = Set.copyOf(attached);
    }

    /// What is held in this world, by whom: the guards are those of devices that lead where they did.
    Held held(World world) {
        Map<DeviceKey, Guard> guards = new HashMap<>();
        for (World.Device device : world.devices()) {
            Installed installed = endpoints.get(EndpointId.of(device));
            if (installed != null) {
                guards.put(device.key(), installed.guard());
            }
        }
        return new Held(addresses, guards);
    }

    /// @param slot of `weir_endpoints`
    /// @param device the name it is known by
    /// @param namespaceNumber that `weir_addresses` gives its namespace
    /// @param guard before it
    /// @param chain that judges it in this epoch; null where an earlier agent installed it
    record Installed(
            int slot,
            String device,
            int namespaceNumber,
            Guard guard,
            @Nullable PolicyChain chain) {}
}
