// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CidrTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.77, 25, 192.0.2.0, 192.0.2.127, 192.0.1.255, 192.0.2.128",
        "198.51.100.7, 32, 198.51.100.7, 198.51.100.7, 198.51.100.6, 198.51.100.8",
        "2001:db8:1:2::5, 48, 2001:db8:1::, 2001:db8:1:ffff:ffff:ffff:ffff:ffff, 2001:db8::1, 2001:db8:2::",
        "2001:db8::5, 64, 2001:db8::, 2001:db8::ffff:ffff:ffff:ffff, 2001:db7::, 2001:db8:0:1::",
        "2001:db8::5, 127, 2001:db8::4, 2001:db8::5, 2001:db8::3, 2001:db8::6"
    })
    void holdsItsFirstAndLastAddressAndNotTheirNeighbours(
            String around, int length, String first, String last, String before, String after) {
        Cidr cidr = Cidr.around(IpAddress.parse(around), length);
        assertEquals(IpAddress.parse(first), cidr.network());
        assertEquals(IpAddress.parse(last), cidr.last());
        assertTrue(cidr.contains(cidr.network()));
        assertTrue(cidr.contains(cidr.last()));
        assertFalse(cidr.contains(IpAddress.parse(before)));
        assertFalse(cidr.contains(IpAddress.parse(after)));
    }

    @Test
    void familiesNeverMix() {
        Cidr everyV4 = Cidr.around(IpAddress.parse("0.0.0.0"), 0);
        Cidr everyV6 = Cidr.around(IpAddress.parse("::"), 0);
        assertTrue(everyV4.contains(IpAddress.parse("255.255.255.255")));
        assertFalse(everyV4.contains(IpAddress.parse("::")));
        assertTrue(everyV6.contains(IpAddress.parse("ffff::")));
        assertFalse(everyV6.contains(IpAddress.parse("192.0.2.1")));
    }

    @Test
    void bitsBeyondThePrefixAreRefused() {
        IpAddress address = IpAddress.parse("192.0.2.1");
        assertThrows(IllegalArgumentException.class, () -> new Cidr(address, 24));
        assertThrows(IllegalArgumentException.class, () -> new Cidr(address, 33));
        assertThrows(IllegalArgumentException.class, () -> new Cidr(address, -1));
        assertEquals("192.0.2.1", new Cidr(address, 32).toString());
    }
}
