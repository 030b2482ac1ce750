// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.IpAddress;
import dev.weir.policy.compile.PolicyChain;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the kernel holds: the enforcer's other half of every comparison.
///
/// @param endpoints by identity
/// @param addresses number of who holds each
/// @param attached ifindexes of devices with a live link on both hooks
/// @param policyHash of the generation in force; empty before the first
/// @param settled whether no packet is judged by the epoch before this one any more
/// @param fresh whether this agent has not applied anything yet, so that cached verdicts may be older than the
/// addresses
record Actual(
        Map<EndpointId, Installed> endpoints,
        Map<IpAddress, Integer> addresses,
        Set<Integer> attached,
        String policyHash,
        boolean settled,
        boolean fresh) {

    Actual {
        endpoints = Map.copyOf(endpoints);
        addresses = Map.copyOf(addresses);
        attached = Set.copyOf(attached);
    }

    /// @param slot of `weir_endpoints`
    /// @param device the name it is known by
    /// @param namespaceNumber that `weir_addresses` gives its namespace
    /// @param chain that judges it in this epoch; null where an earlier agent installed it
    record Installed(
            int slot,
            String device,
            int namespaceNumber,
            @Nullable PolicyChain chain) {}
}
