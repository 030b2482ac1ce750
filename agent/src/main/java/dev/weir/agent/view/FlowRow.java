// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowState;
import dev.weir.abi.IpAddress;

/// A flow as a [FlowWalk] shows it: each part of it is made when it is asked for, so that who wants few parts of
/// many flows pays for those only. What it tells is told at [FlowView].
public non-sealed interface FlowRow extends Conversation {
    /// Stands for namespace, device, direction and protocol: rows of a walk with the same number are alike in these.
    int kind();

    /// Stands for verdict, policy and rule in the same way.
    int judgement();

    @Override
    String namespace();

    String device();

    @Override
    Direction direction();

    @Override
    String protocol();

    IpAddress insideAddress();

    @Override
    int insidePort();

    @Override
    IpAddress outsideAddress();

    @Override
    int outsidePort();

    @Override
    String service();

    /// Whether [#service()] is [#protocol()], a slash and [#servicePort()].
    boolean serviceIsPort();

    @Override
    Verdict verdict();

    @Override
    String policy();

    @Override
    String rule();

    long packetsEgress();

    long packetsIngress();

    long bytesEgress();

    long bytesIngress();

    /// Nanoseconds since 1970.
    long openedNanos();

    /// Nanoseconds since 1970.
    long lastSeenNanos();

    long ageSeconds();

    FlowState state();

    long handshakeMicros();

    /// All of it, to be kept.
    FlowView view();

    @Override
    default int servicePort() {
        return direction() == Direction.EGRESS ? outsidePort() : insidePort();
    }
}
