// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.agent.owner.Guard;
import dev.weir.policy.compile.PolicyChain;
import org.jspecify.annotations.Nullable;

/// An endpoint as the maps hold it.
///
/// @param guard before it
/// @param chain that judges it; null for what an earlier agent installed: its first switch renews it
/// @param place where that stands
record Slot(
        int number,
        String device,
        int namespaceNumber,
        Guard guard,
        @Nullable PolicyChain chain,
        ChainPlace place) {
    Slot named(String name) {
        return new Slot(number, name, namespaceNumber, guard, chain, place);
    }

    Slot guarded(Guard wanted) {
        return new Slot(number, device, namespaceNumber, wanted, chain, place);
    }

    Slot judgedBy(PolicyChain wanted, ChainPlace at) {
        return new Slot(number, device, namespaceNumber, guard, wanted, at);
    }
}
