// SPDX-License-Identifier: Apache-2.0
package dev.weir.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class OffloadsTest {
    @Test
    void bothAreAsEthtoolSetThem() throws Exception {
        try (TestNet net = new TestNet()) {
            net.namespace("blue");
            net.veth("veth7", "blue");
            TestNet.run(List.of("ethtool", "-K", "veth7", "tso", "on", "gro", "off"));
            assertEquals(Optional.of(new Offloads(true, false)), Offloads.of("veth7"));
            TestNet.run(List.of("ethtool", "-K", "veth7", "tso", "off", "gro", "on"));
            assertEquals(Optional.of(new Offloads(false, true)), Offloads.of("veth7"));
        }
    }

    @Test
    void deviceThatIsNotThereTellsNothing() {
        assertEquals(Optional.empty(), Offloads.of("absent"));
        assertEquals(Optional.empty(), Offloads.of("sixteen-letters-"));
        assertEquals(Optional.empty(), Offloads.of(""));
    }
}
