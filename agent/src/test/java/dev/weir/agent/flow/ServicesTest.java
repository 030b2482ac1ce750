// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.Direction;
import dev.weir.abi.FlowKey;
import dev.weir.abi.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServicesTest {
    private static FlowKey key(int protocol, int inside, int outside) {
        return new FlowKey(
                IpAddress.parse("198.51.100.1"), IpAddress.parse("192.0.2.1"), inside, outside, 7, 0, protocol);
    }

    @ParameterizedTest
    @CsvSource({
        "6, tcp",
        "17, udp",
        "132, sctp",
        "1, icmp",
        "58, icmpv6",
        "47, proto/47",
        "0, proto/0",
        "255, proto/255"
    })
    void protocolsAreCalledAsInPolicies(int number, String name) {
        assertEquals(name, Services.protocol(number));
    }

    @Test
    void portIsThatOfTheSideThatDidNotOpen() {
        assertEquals("tcp/80", Services.service(key(6, 80, 40000), Direction.INGRESS));
        assertEquals("tcp/40000", Services.service(key(6, 80, 40000), Direction.EGRESS));
        assertEquals("udp/65535", Services.service(key(17, 65535, 0), Direction.INGRESS));
        assertEquals("sctp/0", Services.service(key(132, 65535, 0), Direction.EGRESS));
    }

    @Test
    void echoIsItsRequestAndShowsItsIdentifier() {
        FlowKey ping = key(1, 777, 1);
        assertEquals("icmp/8/0", Services.service(ping, Direction.EGRESS));
        assertEquals("icmpv6/128/0", Services.service(key(58, 777, 2), Direction.INGRESS));
        assertEquals(777, Services.insidePort(ping));
        assertEquals(0, Services.outsidePort(ping));
    }

    @Test
    void otherIcmpIsItsTypeAndCodeAndHasNoPorts() {
        FlowKey unreachable = key(1, 3 << 8 | 4, 0);
        assertEquals("icmp/3/4", Services.service(unreachable, Direction.EGRESS));
        assertEquals("icmpv6/255/255", Services.service(key(58, 0xffff, 0), Direction.EGRESS));
        assertEquals(0, Services.insidePort(unreachable));
        assertEquals(0, Services.outsidePort(unreachable));
    }

    @Test
    void protocolWithoutPortsIsItsOwnService() {
        assertEquals("proto/47", Services.service(key(47, 0, 0), Direction.EGRESS));
        assertEquals(40000, Services.outsidePort(key(6, 80, 40000)));
    }
}
