// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import static dev.weir.abi.DeviceKey.onHost;
import static dev.weir.agent.owner.Town.holders;
import static dev.weir.agent.owner.Town.mac;
import static dev.weir.agent.owner.Town.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/// `addresses: declared`. The bridge is segment 5, the host is 192.0.2.1/25 on it; blue has number 2.
class DeclaredAddressesTest {
    private final Town town = new Town().declared().segment(5, "192.0.2.1/25");

    private void decided(List<String> holders, List<String> refused) {
        Ownership ownership = town.decide();
        assertEquals(holders, holders(ownership));
        assertEquals(refused, refused(ownership));
    }

    @Test
    void declaredAddressIsHeldWhetherOrNotItIsSetAndWhateverTheSubnet() {
        town.namespace("blue", "192.0.2.2").device(7, 5, 7);
        town.declare("blue", "192.0.2.2", "203.0.113.2");
        decided(
                List.of(
                        "192.0.2.2: 2",
                        "192.0.2.2 on segment 5: 2",
                        "203.0.113.2: 2",
                        "203.0.113.2 on segment 5: 2",
                        "fe80::5eff:feff:7 on segment 5: 2"),
                List.of());
    }

    @Test
    void undeclaredAddressIsRefused() {
        town.namespace("blue", "192.0.2.2", "192.0.2.3", "fe80::5eff:feff:7", "fe80::8")
                .device(7, 5, 7);
        town.declare("blue", "192.0.2.2");
        decided(
                List.of("192.0.2.2: 2", "192.0.2.2 on segment 5: 2", "fe80::5eff:feff:7 on segment 5: 2"),
                List.of(
                        "blue 192.0.2.3: it is not declared for this namespace",
                        "blue fe80::8: it is not declared for this namespace"));
    }

    @Test
    void namespaceThatIsNotMentionedHoldsOnlyItsLinkLocalAddress() {
        town.namespace("blue", "192.0.2.2").device(7, 5, 7);
        town.held("192.0.2.2", 5, 2).held("192.0.2.2", 0, 2);
        decided(
                List.of("fe80::5eff:feff:7 on segment 5: 2"),
                List.of("blue 192.0.2.2: it is not declared for this namespace"));
    }

    @Test
    void addressOfTheHostIsRefusedEvenWhenItIsDeclared() {
        town.namespace("blue").device(7, 5, 7);
        town.declare("blue", "192.0.2.1");
        decided(List.of("fe80::5eff:feff:7 on segment 5: 2"), List.of("blue 192.0.2.1: the host holds it"));
    }

    @Test
    void addressDeclaredTwiceOnOneSegmentStaysWithItsHolder() {
        town.namespace("blue").device(7, 5, 0).declare("blue", "192.0.2.2");
        town.namespace("red").device(8, 5, 0).declare("red", "192.0.2.2");
        decided(
                List.of("192.0.2.2: 2", "192.0.2.2 on segment 5: 2"),
                List.of("red 192.0.2.2: namespace blue holds it"));
        town.held("192.0.2.2", 5, 3);
        decided(
                List.of("192.0.2.2: 3", "192.0.2.2 on segment 5: 3"),
                List.of("blue 192.0.2.2: namespace red holds it"));
    }

    @Test
    void tenantsOfSeparateSegmentsMayBeDeclaredEqualAddresses() {
        town.segment(6, "192.0.2.100/25");
        town.namespace("blue").device(7, 5, 0).declare("blue", "192.0.2.2");
        town.namespace("red").device(8, 6, 0).declare("red", "192.0.2.2");
        decided(List.of("192.0.2.2: 2", "192.0.2.2 on segment 5: 2", "192.0.2.2 on segment 6: 3"), List.of());
    }

    @Test
    void neighboursLinkLocalAddressCannotBeTaken() {
        town.namespace("blue").device(7, 5, 7);
        town.namespace("red", "fe80::5eff:feff:7").device(8, 5, 8);
        decided(
                List.of("fe80::5eff:feff:7 on segment 5: 2", "fe80::5eff:feff:8 on segment 5: 3"),
                List.of("red fe80::5eff:feff:7: it is not declared for this namespace"));
    }

    @Test
    void forwarderHoldsWhatIsDeclaredAndTheLinkLocalAddressOfWhatItHas() {
        town.namespace("gate", "192.0.2.9").device(7, 5, 7).forwarder("gate").declare("gate", "192.0.2.2");
        decided(
                List.of("192.0.2.2: 2", "192.0.2.2 on segment 5: 2", "fe80::5eff:feff:7 on segment 5: 2"),
                List.of("gate 192.0.2.9: it is not declared for this namespace"));
        assertEquals(Guard.off(onHost(5)), town.decide().guards().get(onHost(7)));
    }

    @Test
    void firstMacStays() {
        town.namespace("blue").device(7, 5, 9);
        town.guarded(7, 5, 7);
        decided(
                List.of("fe80::5eff:feff:7 on segment 5: 2"),
                List.of("blue " + mac(9) + ": device veth7 was first seen with " + mac(7)
                        + ", and addresses are declared"));
        assertEquals(Guard.granting(onHost(5), mac(7)), town.decide().guards().get(onHost(7)));
    }

    @Test
    void firstMacGoesAlongToAnotherSegment() {
        town.segment(6, "198.51.100.1/24");
        town.namespace("blue").device(7, 6, 7);
        town.guarded(7, 5, 7);
        decided(List.of("fe80::5eff:feff:7 on segment 6: 2"), List.of());
        assertEquals(Guard.granting(onHost(6), mac(7)), town.decide().guards().get(onHost(7)));
    }
}
