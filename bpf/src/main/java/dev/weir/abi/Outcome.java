// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

/// Where a packet is counted when no rule decided it; C side `enum weir_outcome`. Numbers are the
/// kernel's, from 0 without a gap.
public enum Outcome {
    /// Allowed without a rule: ARP, neighbour discovery, other ethertypes.
    PASS(0),
    /// No endpoint is known for the device.
    DROP_POLICY(1),
    /// Sent in another's name: MAC, ARP, neighbour discovery, source, router advertisement.
    DROP_SPOOF(2),
    /// Header cut short, a length that lies, impossible TCP flags, source route.
    DROP_MALFORMED(3),
    /// A later fragment whose first was not seen.
    DROP_FRAGMENT(4),
    /// More IPv6 extension headers than are walked.
    DROP_EXTENSIONS(5),
    /// An ethertype that `other-l2: deny` refuses.
    DROP_L2(6),
    /// Allowed: a RST or ICMP error of Weir's own, for a packet that was refused.
    ANSWER(7),
    /// Could only pass as a reply, and its flow may be one that the quota left untracked.
    DROP_QUOTA(8),
    /// Opens a flow beyond new-per-second.
    DROP_RATE(9);

    /// `WEIR_OUTCOMES`: counters there is room for; not fewer than there are outcomes.
    static final int ROOM = 10;

    private static final Outcome[] VALUES = values();

    private final int number;

    Outcome(int number) {
        this.number = number;
    }

    /// The constant's number in maps and images.
    public int number() {
        return number;
    }

    static Outcome of(int number) {
        return Layouts.constant(VALUES, number);
    }
}
