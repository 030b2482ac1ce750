// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.ExpireArgs;
import dev.weir.agent.config.WeirConfig;
import dev.weir.net.KernelClock;
import java.time.Duration;

/// How long each kind of flow may rest before it is taken for over.
final class IdleLimits {
    /// TCP whose handshake is not over, that one side has ended, and that both have: what
    /// net/netfilter/nf_conntrack_proto_tcp.c allows SYN_SENT, FIN_WAIT and CLOSE.
    private static final Duration TCP_OPENING = Duration.ofMinutes(2);

    private static final Duration TCP_CLOSING = Duration.ofMinutes(2);
    private static final Duration TCP_CLOSED = Duration.ofSeconds(10);

    private IdleLimits() {}

    static ExpireArgs.Idle of(WeirConfig.Flows flows) {
        return new ExpireArgs.Idle(
                jiffies(flows.idle().tcp()),
                jiffies(flows.idle().udp()),
                jiffies(flows.idle().icmp()),
                jiffies(flows.idle().udp()),
                jiffies(TCP_OPENING),
                jiffies(TCP_CLOSING),
                jiffies(TCP_CLOSED));
    }

    private static int jiffies(Duration duration) {
        return (int) Math.min(Integer.MAX_VALUE, duration.toNanos() / KernelClock.jiffyNanos());
    }
}
