// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.IpAddress;
import dev.weir.agent.netns.World;
import dev.weir.policy.compile.PolicyImage;
import java.util.Map;

/// What should be enforced, computed from the world, the policies and the configuration, and from nothing else.
///
/// @param policyHash of the policies
/// @param endpoints by identity
/// @param addresses number of the namespace that holds each
record Desired(String policyHash, Map<EndpointId, Spec> endpoints, Map<IpAddress, Integer> addresses) {

    Desired {
        endpoints = Map.copyOf(endpoints);
        addresses = Map.copyOf(addresses);
    }

    /// @param namespaceNumber that `weir_addresses` gives its namespace
    /// @param image that should judge it
    record Spec(World.Device device, int namespaceNumber, PolicyImage image) {}
}
