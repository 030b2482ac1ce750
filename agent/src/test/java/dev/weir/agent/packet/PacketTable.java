// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Direction;
import dev.weir.agent.enforce.Judge;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;

/// Tests that read: packet, direction, verdict. INSIDE is what namespace `blue` holds, OUTSIDE is somebody else.
@Tag("kernel")
abstract class PacketTable {
    static final String INSIDE = "198.51.100.1";
    static final String OUTSIDE = "192.0.2.1";
    static final String INSIDE6 = "2001:db8:1::1";
    static final String OUTSIDE6 = "2001:db8:2::1";

    /// What comes in to port 80, and pings, is answered; nothing is opened from inside.
    static final String WEB = """
            policy: web
            applies-to: {namespaces: [blue]}
            ingress:
              default: deny
              rules:
                - {name: http, allow: [tcp/80, udp/80, sctp/80]}
                - {name: ping, allow: [icmp/echo-request, icmpv6/echo-request]}
            egress:
              default: deny
            """;

    /// Nothing passes that a rule or default would have to decide.
    static final String NOTHING = """
            policy: closed
            applies-to: {namespaces: [blue]}
            ingress: {default: deny}
            egress: {default: deny}
            """;

    Judge judge = new Judge();
    final TestDevices others = new TestDevices();

    @BeforeEach
    void startWithTheseOpenings() {
        judge.policies(WEB);
    }

    @AfterEach
    void close() {
        judge.close();
        others.close();
    }

    void expect(Direction direction, byte[] frame, String verdict) {
        assertEquals(
                verdict,
                judge.send(direction, frame),
                () -> direction + " " + HexFormat.of().formatHex(frame));
    }
}
