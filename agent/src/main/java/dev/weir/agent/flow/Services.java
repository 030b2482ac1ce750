// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowKey;

/// What people call the protocol and the service of a flow, as policies write them. Numbers are those of IANA.
public final class Services {
    private static final int ICMP = 1;
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int ICMPV6 = 58;
    private static final int SCTP = 132;
    private static final int ICMP_ECHO = 8;
    private static final int ICMPV6_ECHO = 128;

    private Services() {}

    /// `tcp`, `udp`, `sctp`, `icmp`, `icmpv6` or `proto/47`.
    public static String protocol(int number) {
        return switch (number) {
            case ICMP -> "icmp";
            case TCP -> "tcp";
            case UDP -> "udp";
            case ICMPV6 -> "icmpv6";
            case SCTP -> "sctp";
            default -> "proto/" + number;
        };
    }

    /// `tcp/80`, `icmp/8/0`, or the protocol alone where it has neither ports nor types. The port is that of
    /// the side that did not open the flow.
    public static String service(FlowKey key, Direction opener) {
        String protocol = protocol(key.protocol());
        return switch (key.protocol()) {
            case TCP, UDP, SCTP -> protocol + "/" + (opener == Direction.EGRESS ? key.outsidePort() : key.insidePort());
            case ICMP, ICMPV6 -> {
                int echo = key.protocol() == ICMP ? ICMP_ECHO : ICMPV6_ECHO;
                yield isEcho(key)
                        ? protocol + "/" + echo + "/0"
                        : protocol + "/" + (key.insidePort() >> 8) + "/" + (key.insidePort() & 0xff);
            }
            default -> protocol;
        };
    }

    /// The port of the inside that people know: an echo shows its identifier, other ICMP nothing.
    public static int insidePort(FlowKey key) {
        return isIcmp(key) && !isEcho(key) ? 0 : key.insidePort();
    }

    /// The port of the outside that people know; ICMP has none.
    public static int outsidePort(FlowKey key) {
        return isIcmp(key) ? 0 : key.outsidePort();
    }

    /// Whether the protocol has ports.
    public static boolean hasPorts(FlowKey key) {
        return hasPorts(key.protocol());
    }

    static boolean hasPorts(int protocol) {
        return switch (protocol) {
            case TCP, UDP, SCTP -> true;
            default -> false;
        };
    }

    /// Type << 8 | code of what one side sends; 0 for all but ICMP. The answer to an echo has another type than the
    /// question.
    ///
    /// @param of which side: [Direction#EGRESS] for the inside
    public static int icmpTypeCode(FlowKey key, Direction opener, Direction of) {
        if (!isEcho(key)) {
            return isIcmp(key) ? key.insidePort() : 0;
        }
        if (key.protocol() == ICMP) {
            return opener == of ? ICMP_ECHO << 8 : 0;
        }
        return (opener == of ? ICMPV6_ECHO : ICMPV6_ECHO + 1) << 8;
    }

    private static boolean isIcmp(FlowKey key) {
        return key.protocol() == ICMP || key.protocol() == ICMPV6;
    }

    /// An echo's outside port tells who opened it, so it is never 0 (`struct weir_flow_key`).
    private static boolean isEcho(FlowKey key) {
        return isIcmp(key) && key.outsidePort() != 0;
    }
}
