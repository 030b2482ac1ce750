// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ServiceTest {
    @Test
    void rangesHoldTheirEnds() {
        Service service = new Service(Service.UDP, 8000, 8099);
        assertTrue(service.matches(Service.UDP, 8000));
        assertTrue(service.matches(Service.UDP, 8099));
        assertFalse(service.matches(Service.UDP, 7999));
        assertFalse(service.matches(Service.UDP, 8100));
        assertFalse(service.matches(Service.TCP, 8000));
    }

    @Test
    void icmpTypeHoldsEveryCode() {
        Service unreachable = Service.ofIcmpType(Service.ICMP, 3);
        assertTrue(unreachable.matches(Service.ICMP, 3 << 8));
        assertTrue(unreachable.matches(Service.ICMP, (3 << 8) | 255));
        assertFalse(unreachable.matches(Service.ICMP, 4 << 8));
        assertFalse(unreachable.matches(Service.ICMPV6, 3 << 8));
    }

    @Test
    void anyHoldsEveryProtocol() {
        assertTrue(Service.ANY.matches(0, 0));
        assertTrue(Service.ANY.matches(255, 65535));
    }

    @Test
    void whatTheLanguageCannotSayIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Service(47, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Service(Service.ANY_PROTOCOL, 80, 80));
        assertThrows(IllegalArgumentException.class, () -> new Service(Service.ICMP, 0, 0x1ff));
        assertThrows(IllegalArgumentException.class, () -> new Service(Service.TCP, 2, 1));
        assertThrows(IllegalArgumentException.class, () -> new Service(Service.TCP, 0, 65536));
        assertThrows(IllegalArgumentException.class, () -> new Service(256, 0, 65535));
    }

    @Test
    void textIsThatOfPolicies() {
        assertEquals("any", Service.ANY.toString());
        assertEquals("tcp/80", new Service(Service.TCP, 80, 80).toString());
        assertEquals("sctp/1-2", new Service(Service.SCTP, 1, 2).toString());
        assertEquals("icmpv6/135", Service.ofIcmpType(Service.ICMPV6, 135).toString());
        assertEquals("icmp/3/4", Service.ofIcmpCode(Service.ICMP, 3, 4).toString());
        assertEquals("proto/47", Service.ofProtocol(47).toString());
    }
}
