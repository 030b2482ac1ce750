// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        "::ffff:192.0.2.1, 192.0.2.1",
        "::FFFF:c000:201, 192.0.2.1",
        "::, ::",
        "::1, ::1",
        "1::, 1::",
        "2001:DB8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:db8::0:1, 2001:db8::1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
        "fe80:0:0:0:0:0:0:0, fe80::"
    })
    void isReadInEveryFormAndWrittenInOne(String text, String canonical) {
        IpAddress address = IpAddress.parse(text);
        assertEquals(canonical, address.toString());
        assertEquals(address, IpAddress.parse(canonical));
        assertEquals(address, IpAddress.ofBytes(address.toBytes()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1.2.3",
                "1.2.3.4.5",
                "01.2.3.4",
                "1.2.3.256",
                "1.2.3.-4",
                "1.2.3.4 ",
                "١.2.3.4",
                ":",
                ":::",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4::5:6:7:8",
                "1::2::3",
                ":1::2",
                "1::2:",
                "12345::",
                "g::",
                "1.2.3.4::",
                "::1.2.3",
                "::1.2.3.4:5",
                "fe80::1%eth0",
                "[::1]",
                "::1/128",
                "example.org",
                "1234:1234:1234:1234:1234:1234:1234:1234:1234:1234:1234"
            })
    void anythingElseIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> IpAddress.parse(text));
    }

    @Test
    void bytesAreInNetworkOrder() {
        byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, (byte) 198, 51, 100, 7};
        assertArrayEquals(mapped, IpAddress.parse("198.51.100.7").toBytes());
        assertArrayEquals(
                new byte[] {0x20, 1, 0xd, (byte) 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2},
                IpAddress.parse("2001:db8::102").toBytes());
        assertThrows(IllegalArgumentException.class, () -> IpAddress.ofBytes(new byte[4]));
    }

    @Test
    void onlyMappedAddressesAreV4() {
        assertTrue(IpAddress.parse("0.0.0.0").isV4());
        assertEquals(0xffffffff, IpAddress.parse("255.255.255.255").v4());
        assertFalse(IpAddress.parse("::1.2.3.4").isV4());
        assertFalse(IpAddress.parse("::fffe:1.2.3.4").isV4());
        assertThrows(IllegalStateException.class, IpAddress.parse("::")::v4);
    }

    @Test
    void orderIsUnsigned() {
        assertTrue(IpAddress.parse("10.0.0.1").compareTo(IpAddress.parse("192.0.2.1")) < 0);
        assertTrue(IpAddress.parse("2001:db8::1").compareTo(IpAddress.parse("fe80::")) < 0);
        assertTrue(IpAddress.parse("1::8000:0:0:0").compareTo(IpAddress.parse("1::7fff:0:0:0")) > 0);
    }
}
