// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import static dev.weir.abi.Direction.EGRESS;
import static dev.weir.abi.Direction.INGRESS;
import static dev.weir.agent.packet.Packet.ACK;
import static dev.weir.agent.packet.Packet.SYN;
import static dev.weir.agent.packet.Packet.tcpPacket;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class FirstLightTest {
    @Test
    void repliesOfAnAllowedFlowPassAndOthersDoNot() {
        try (Judge judge = new Judge()) {
            judge.policies("""
                    policy: web
                    applies-to: {namespaces: [blue]}
                    ingress:
                      default: deny
                      rules:
                        - name: http
                          allow: tcp/80
                          from: 192.0.2.0/25
                    egress:
                      default: deny
                    """);
            assertEquals(
                    "allow by web/ingress/http",
                    judge.send(INGRESS, tcpPacket("192.0.2.127", 40000, "198.51.100.1", 80, SYN)));
            assertEquals(
                    "allow by web/ingress/http",
                    judge.send(EGRESS, tcpPacket("198.51.100.1", 80, "192.0.2.127", 40000, SYN | ACK)));
            assertEquals(
                    "deny by web/ingress/default",
                    judge.send(INGRESS, tcpPacket("192.0.2.128", 40000, "198.51.100.1", 80, SYN)));
            assertEquals(
                    "deny by web/egress/default",
                    judge.send(EGRESS, tcpPacket("198.51.100.1", 40000, "192.0.2.127", 80, SYN)));
            assertEquals(1, judge.flows());
        }
    }
}
