// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.agent.netns.World;
import dev.weir.agent.owner.Guard;
import dev.weir.agent.owner.Place;
import dev.weir.policy.compile.PolicyChain;
import java.util.Map;

/// What should be enforced, computed from the world, the policies and the configuration, and from nothing else.
///
/// @param policyHash of the policies
/// @param endpoints by identity
/// @param addresses number of who holds each
record Desired(String policyHash, Map<EndpointId, Spec> endpoints, Map<Place, Integer> addresses) {

    Desired {
        endpoints = Map.copyOf(endpoints);
        addresses = Map.copyOf(addresses);
    }

    /// @param namespaceNumber that `weir_addresses` gives its namespace
    /// @param guard before it
    /// @param chain that should judge it
    record Spec(World.Device device, int namespaceNumber, Guard guard, PolicyChain chain) {}
}
