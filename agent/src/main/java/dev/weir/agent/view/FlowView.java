// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import dev.weir.abi.IpAddress;
import java.time.Instant;

/// One conversation as one endpoint sees it.
/// @param direction who opened it: [Direction#EGRESS] when the inside did
/// @param protocol `tcp`, `udp`, `sctp`, `icmp`, `icmpv6`, or `proto/47`
/// @param service what a rule would call it: `tcp/80`, `icmp/8/0`; the protocol alone when it has neither
/// ports nor types
/// @param policy what judged it; empty: `unselected` of weir.yaml
/// @param packetsEgress what left the endpoint, whatever the verdict; bytes are as on the wire
/// @param ageSeconds since it was opened
/// @param handshakeMicros TCP: from SYN to the acknowledgement of its answer, as the device saw it; 0: not seen
public record FlowView(
        String namespace,
        String device,
        Direction direction,
        String protocol,
        IpAddress insideAddress,
        int insidePort,
        IpAddress outsideAddress,
        int outsidePort,
        String service,
        Verdict verdict,
        String policy,
        String rule,
        long packetsEgress,
        long packetsIngress,
        long bytesEgress,
        long bytesIngress,
        Instant openedAt,
        Instant lastSeenAt,
        long ageSeconds,
        FlowState state,
        long handshakeMicros)
        implements Conversation {
    @Override
    public int servicePort() {
        return direction == Direction.EGRESS ? outsidePort : insidePort;
    }

    /// Both directions together.
    public long packets() {
        return packetsEgress + packetsIngress;
    }

    /// Both directions together.
    public long bytes() {
        return bytesEgress + bytesIngress;
    }
}
