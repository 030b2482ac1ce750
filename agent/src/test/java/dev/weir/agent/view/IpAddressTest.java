// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    /// The examples of RFC 5952, section 4.
    @ParameterizedTest
    @CsvSource({
        "2001:0db8::0001, 2001:db8::1",
        "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:DB8::ABCD, 2001:db8::abcd",
        "::, ::",
        "::1, ::1",
        "2001:db8::, 2001:db8::",
        "::ffff:192.0.2.1, 192.0.2.1",
        "192.0.2.1, 192.0.2.1",
    })
    void formIsCanonical(String given, String canonical) {
        assertEquals(canonical, IpAddress.parse(given).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "1", "192.0.2", "192.0.2.256", "192.0.02.1", "0x7f.0.0.1", ":", ":::", "1::2::3", "fe80::1%1"
            })
    void otherFormsAreRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> IpAddress.parse(text));
    }

    @Property
    void textAndBytesReturn(@ForAll @Size(2) long[] halves, @ForAll @Size(8) boolean[] zeroGroups) throws Exception {
        byte[] bytes =
                ByteBuffer.allocate(16).putLong(halves[0]).putLong(halves[1]).array();
        for (int i = 0; i < 8; i++) {
            if (zeroGroups[i]) {
                bytes[2 * i] = 0;
                bytes[2 * i + 1] = 0;
            }
        }
        IpAddress address = IpAddress.of(bytes);

        assertEquals(address, IpAddress.parse(address.toString()));
        if (!address.isV4()) {
            assertArrayEquals(bytes, InetAddress.getByName(address.toString()).getAddress());
        }
    }

    @Test
    void blockEndsWhereItsPrefixSays() {
        assertTrue(Cidr.parse("192.0.2.77/25").contains(IpAddress.parse("192.0.2.127")));
        assertFalse(Cidr.parse("192.0.2.77/25").contains(IpAddress.parse("192.0.2.128")));
        assertTrue(Cidr.parse("0.0.0.0/0").contains(IpAddress.parse("203.0.113.1")));
        assertFalse(Cidr.parse("0.0.0.0/0").contains(IpAddress.parse("2001:db8::1")));
        assertTrue(Cidr.parse("2001:db8::/33").contains(IpAddress.parse("2001:db8:7fff::")));
        assertFalse(Cidr.parse("2001:db8::/33").contains(IpAddress.parse("2001:db8:8000::")));
        assertTrue(Cidr.parse("2001:db8::1").contains(IpAddress.parse("2001:db8::1")));
        assertFalse(Cidr.parse("2001:db8::1").contains(IpAddress.parse("2001:db8::")));
    }
}
