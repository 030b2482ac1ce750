// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static dev.weir.agent.enforce.Judge.LOOPBACK;

import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;

/// Tables with the guard on: `blue` may send from the MAC of [Packet] and from INSIDE, INSIDE6 and
/// LINK_LOCAL. No policy stands in its way.
abstract class GuardedTable extends PacketTable {
    static final String LINK_LOCAL = "fe80::2";

    /// Of red, in the segment of blue.
    static final String NEIGHBOUR = "198.51.100.2";

    static final String NEIGHBOUR6 = "2001:db8:1::2";

    /// Of nobody.
    static final String STRANGER = "198.51.100.3";

    static final String STRANGER6 = "2001:db8:1::3";

    /// Of blue, in another segment.
    static final String ELSEWHERE = "203.0.113.4";

    static final String ELSEWHERE6 = "2001:db8:4::4";

    /// Of blue for who looks from anywhere, but in no segment.
    static final String ANYWHERE = "203.0.113.5";

    static final byte[] OTHER_MAC = HexFormat.of().parseHex("020000000003");
    static final String OUT = "allow by unselected/egress";
    static final String IN = "allow by unselected/ingress";
    static final String SPOOF = "drop spoof";

    @BeforeEach
    void guardBlue() {
        judge.policies();
        for (String address : new String[] {INSIDE, INSIDE6, LINK_LOCAL}) {
            judge.holds("blue", address, LOOPBACK);
        }
        judge.holds("red", NEIGHBOUR)
                .holds("red", NEIGHBOUR, LOOPBACK)
                .holds("red", NEIGHBOUR6, LOOPBACK)
                .holds("blue", ELSEWHERE, 99)
                .holds("blue", ELSEWHERE6, 99)
                .holds("blue", ANYWHERE)
                .guard(LOOPBACK, Packet.mac(Packet.SENDER));
    }
}
