// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.abi.IpAddress;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class MacAddressTest {
    private static final MacAddress MAC = new MacAddress(0x02005eff0001L);

    @Example
    void textIsReadAndWritten() {
        assertEquals(Optional.of(MAC), MacAddress.of("02:00:5e:ff:00:01"));
        assertEquals("02:00:5e:ff:00:01", MAC.toString());
    }

    @Example
    void whatNoStationCanHaveIsNone() {
        for (String text : List.of(
                "",
                "00:00:00:00:00:00",
                "01:00:5e:00:00:01",
                "ff:ff:ff:ff:ff:ff",
                "02:00:5e:ff:00",
                "02:00:5e:ff:00:01:02")) {
            assertEquals(Optional.empty(), MacAddress.of(text), text);
        }
    }

    @Example
    void firstByteOnTheWireIsTheLowestOfTheWord() {
        assertEquals(0x0100ff5e0002L, MAC.inWireOrder());
    }

    @Example
    void linkLocalAddressIsThatOfTheRfc() {
        assertEquals(IpAddress.parse("fe80::5eff:feff:1"), MAC.linkLocal());
        assertEquals(
                IpAddress.parse("fe80::3656:78ff:fe9a:bcde"),
                MacAddress.of("34:56:78:9a:bc:de").orElseThrow().linkLocal()); // the example of RFC 2464, section 4
    }

    @Example
    void moreThan48BitsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new MacAddress(1L << 48));
        assertThrows(IllegalArgumentException.class, () -> MacAddress.ofWireOrder(-1));
    }

    @Property
    void wordIsReadBack(@ForAll @LongRange(max = (1L << 48) - 1) long bits) {
        MacAddress mac = new MacAddress(bits);
        assertEquals(mac, MacAddress.ofWireOrder(mac.inWireOrder()));
    }
}
