// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.IpAddress;
import java.util.Comparator;

/// What tells one live flow from all others.
public record FlowId(
        String namespace,
        String device,
        String protocol,
        IpAddress insideAddress,
        int insidePort,
        IpAddress outsideAddress,
        int outsidePort)
        implements Comparable<FlowId> {
    private static final Comparator<FlowId> ORDER = Comparator.comparing(FlowId::namespace)
            .thenComparing(FlowId::device)
            .thenComparing(FlowId::protocol)
            .thenComparing(FlowId::insideAddress)
            .thenComparingInt(FlowId::insidePort)
            .thenComparing(FlowId::outsideAddress)
            .thenComparingInt(FlowId::outsidePort);

    /// The same for a later conversation between the same ends.
    public static FlowId of(FlowView flow) {
        return new FlowId(
                flow.namespace(),
                flow.device(),
                flow.protocol(),
                flow.insideAddress(),
                flow.insidePort(),
                flow.outsideAddress(),
                flow.outsidePort());
    }

    @Override
    public int compareTo(FlowId other) {
        return ORDER.compare(this, other);
    }
}
