// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import org.jspecify.annotations.Nullable;

/// What a [TrafficFilter] looks at in a flow, or in the packet of an event. What could not be read is
/// null or empty, and meets no filter but a negated one.
sealed interface Conversation permits FlowRow, FlowView, EventView.Packet {
    String namespace();

    Direction direction();

    @Nullable
    String protocol();

    @Nullable
    String service();

    int insidePort();

    @Nullable
    IpAddress outsideAddress();

    int outsidePort();

    Verdict verdict();

    String policy();

    @Nullable
    String rule();

    /// The port of the side that did not open the flow.
    int servicePort();
}
