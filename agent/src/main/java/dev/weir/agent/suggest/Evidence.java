// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.suggest;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import dev.weir.agent.view.FlowView;
import java.time.Instant;

/// The flows for which a rule is suggested.
///
/// @param bytes of both directions, as on the wire
/// @param unanswered flows of which only the opener has spoken
/// @param joined TCP flows that were open already when they were first seen: their opener is who was heard first
/// @param largest the one with the most bytes
record Evidence(long flows, long bytes, long unanswered, long joined, Instant first, Instant last, FlowView largest) {
    static Evidence of(FlowView flow) {
        long answers = flow.direction() == Direction.EGRESS ? flow.packetsIngress() : flow.packetsEgress();
        boolean joined = flow.protocol().equals("tcp")
                && flow.handshakeMicros() == 0
                && flow.state() != FlowState.NEW
                && flow.state() != FlowState.ANSWERED;
        return new Evidence(
                1, flow.bytes(), answers == 0 ? 1 : 0, joined ? 1 : 0, flow.openedAt(), flow.lastSeenAt(), flow);
    }

    Evidence plus(Evidence other) {
        return new Evidence(
                flows + other.flows,
                bytes + other.bytes,
                unanswered + other.unanswered,
                joined + other.joined,
                first.isBefore(other.first) ? first : other.first,
                last.isAfter(other.last) ? last : other.last,
                largest.bytes() >= other.largest.bytes() ? largest : other.largest);
    }
}
