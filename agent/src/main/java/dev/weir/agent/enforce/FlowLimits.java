// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.agent.config.WeirConfig;

/// What one namespace may take of the flow table.
///
/// @param quota flows at a time, an unsigned number: -1 is more than there is room for
/// @param openingIntervalNanos least mean distance of new flows in one direction; 0: no limit
record FlowLimits(int quota, long openingIntervalNanos) {
    private static final long SECOND = 1_000_000_000;

    static FlowLimits of(WeirConfig.Flows flows) {
        return new FlowLimits(
                flows.perNamespace() == 0 ? -1 : flows.perNamespace(),
                flows.newPerSecond() == 0 ? 0 : Math.max(1, SECOND / flows.newPerSecond()));
    }

    /// As many flows as this, and no limit on how fast they are opened.
    static FlowLimits quota(int quota) {
        return new FlowLimits(quota, 0);
    }
}
