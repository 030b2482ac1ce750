// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import java.nio.ByteBuffer;

/// What one direction of a flow has carried since the record of it before this one.
///
/// @param sourcePort 0 where the protocol has no ports
/// @param icmpTypeCode type << 8 | code; 0 where it is not ICMP
/// @param startMillis Unix time: when the flow began, or was told of last
/// @param endMillis Unix time of the last packet
/// @param layer2Octets with link header, as all bytes that Weir counts
/// @param direction of these packets, seen from the namespace
/// @param policy empty: `unselected` of weir.yaml
/// @param opener direction of the packet that opened the flow
record FlowRecord(
        IpAddress source,
        IpAddress destination,
        int sourcePort,
        int destinationPort,
        int protocol,
        int icmpTypeCode,
        long startMillis,
        long endMillis,
        long layer2Octets,
        long packets,
        EndReason reason,
        Direction direction,
        String namespace,
        String policy,
        String rule,
        String verdict,
        Direction opener)
        implements DataRecord {
    /// An Ethernet header, which octetDeltaCount leaves out.
    static final int LINK_HEADER = 14;

    @Override
    public Template template() {
        return source.isV4() && destination.isV4() ? Template.FLOWS_V4 : Template.FLOWS_V6;
    }

    /// From the IP header on: what RFC 5102, section 5.10.1 counts.
    long octets() {
        return Math.max(0, layer2Octets - LINK_HEADER * packets);
    }

    @Override
    public void write(ByteBuffer out) {
        boolean v4 = template().id() == Template.FLOWS_V4.id();
        (v4 ? FlowField.V4 : FlowField.V6).forEach(field -> field.write(this, out));
    }
}
