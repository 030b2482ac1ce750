// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import static dev.weir.agent.owner.Town.holders;
import static dev.weir.agent.owner.Town.place;
import static dev.weir.agent.owner.Town.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/// `addresses: learned`. The bridge is segment 5, the host is 192.0.2.1/25 and 2001:db8::1/64 on it; blue has number 2.
class LearnedAddressesTest {
    private final Town town = new Town().segment(5, "192.0.2.1/25", "2001:db8::1/64");

    private Ownership decided(List<String> holders, List<String> refused) {
        Ownership ownership = town.decide();
        assertEquals(holders, holders(ownership));
        assertEquals(refused, refused(ownership));
        return ownership;
    }

    @Test
    void addressWithinASubnetOfTheHostSideIsGrantedOnItsSegmentAndForTheVantage() {
        town.namespace("blue", "192.0.2.127", "2001:db8::2").device(7, 5, 7);
        decided(
                List.of(
                        "192.0.2.127: 2",
                        "192.0.2.127 on segment 5: 2",
                        "2001:db8::2: 2",
                        "2001:db8::2 on segment 5: 2"),
                List.of());
    }

    @Test
    void addressBesideTheSubnetIsNot() {
        town.namespace("blue", "192.0.2.128", "2001:db8:0:1::2").device(7, 5, 7);
        decided(
                List.of(),
                List.of(
                        "blue 192.0.2.128: it is outside the subnets of the host side",
                        "blue 2001:db8:0:1::2: it is outside the subnets of the host side"));
    }

    @Test
    void linkLocalAddressIsGrantedOnItsSegmentOnly() {
        town.namespace("blue", "fe80::2", "febf::2").device(7, 5, 7);
        decided(List.of("fe80::2 on segment 5: 2", "febf::2 on segment 5: 2"), List.of());
    }

    @Test
    void addressOfTheHostIsNobodyElses() {
        town.segment(6, "198.51.100.1/24", "fe80::1/64");
        town.namespace("blue", "192.0.2.1", "198.51.100.1", "fe80::1").device(7, 5, 7);
        town.held("192.0.2.1", 5, 2);
        Ownership ownership = decided(
                List.of(),
                List.of(
                        "blue 192.0.2.1: the host holds it",
                        "blue 198.51.100.1: the host holds it",
                        "blue fe80::1: the host holds it"));
        assertEquals(1, ownership.addresses().get(place("192.0.2.1", 0)));
        assertEquals(1, ownership.addresses().get(place("fe80::1", 0)));
    }

    @Test
    void addressThatNoHostCanHaveIsNobodys() {
        town.segment(9);
        town.namespace("blue", "127.0.0.5", "224.0.0.5", "255.255.255.255", "0.0.0.9", "ff02::1", "::1")
                .device(7, 9, 7);
        decided(
                List.of(),
                List.of(
                        "blue 0.0.0.9: no host can have it",
                        "blue 127.0.0.5: no host can have it",
                        "blue 224.0.0.5: no host can have it",
                        "blue 255.255.255.255: no host can have it",
                        "blue ::1: no host can have it",
                        "blue ff02::1: no host can have it"));
    }

    @Test
    void ofTwoNewClaimantsTheLowerNumberGetsIt() {
        town.namespace("blue", "192.0.2.2").device(7, 5, 7);
        town.namespace("red", "192.0.2.2").device(8, 5, 8);
        decided(
                List.of("192.0.2.2: 2", "192.0.2.2 on segment 5: 2"),
                List.of("red 192.0.2.2: namespace blue holds it"));
    }

    @Test
    void holderKeepsWhatItClaims() {
        town.namespace("blue", "192.0.2.2").device(7, 5, 7);
        town.namespace("red", "192.0.2.2").device(8, 5, 8);
        town.held("192.0.2.2", 5, 3).held("192.0.2.2", 0, 3);
        decided(
                List.of("192.0.2.2: 3", "192.0.2.2 on segment 5: 3"),
                List.of("blue 192.0.2.2: namespace red holds it"));
    }

    @Test
    void holderThatClaimsNoMoreLosesIt() {
        town.namespace("blue", "192.0.2.2").device(7, 5, 7);
        town.namespace("red", "192.0.2.3").device(8, 5, 8);
        town.held("192.0.2.2", 5, 3).held("192.0.2.2", 0, 3);
        decided(
                List.of("192.0.2.2: 2", "192.0.2.2 on segment 5: 2", "192.0.2.3: 3", "192.0.2.3 on segment 5: 3"),
                List.of());
    }

    @Test
    void tenantsOfSeparateSegmentsHoldEqualAddressesApart() {
        town.segment(6, "192.0.2.100/25");
        town.namespace("blue", "192.0.2.2").device(7, 5, 7);
        town.namespace("red", "192.0.2.2").device(8, 6, 8);
        decided(List.of("192.0.2.2: 2", "192.0.2.2 on segment 5: 2", "192.0.2.2 on segment 6: 3"), List.of());
        town.held("192.0.2.2", 0, 3);
        decided(List.of("192.0.2.2: 3", "192.0.2.2 on segment 5: 2", "192.0.2.2 on segment 6: 3"), List.of());
    }

    @Test
    void uncoveredAddressIsGrantedWhereTheHostSendsItDirectly() {
        town.segment(6, "198.51.100.1/32");
        town.namespace("blue", "203.0.113.2").device(7, 6, 7);
        town.namespace("red", "203.0.113.3").device(8, 6, 8);
        town.route("203.0.113.2", 6).route("203.0.113.3", 5);
        decided(
                List.of("203.0.113.2: 2", "203.0.113.2 on segment 6: 2"),
                List.of("red 203.0.113.3: it is outside the subnets of the host side"));
    }

    @Test
    void routedAddressIsNotGrantedWhileAnotherHoldsItAnywhere() {
        town.segment(6, "198.51.100.1/32");
        town.namespace("blue", "192.0.2.2").device(7, 5, 7);
        town.namespace("red", "192.0.2.2").device(8, 6, 8);
        town.route("192.0.2.2", 6);
        decided(
                List.of("192.0.2.2: 2", "192.0.2.2 on segment 5: 2"),
                List.of("red 192.0.2.2: namespace blue holds it"));
    }

    @Test
    void whereTheHostSideHasNoSubnetOfTheFamilyAnAddressNobodyElseHoldsIsGrantedOnItsSegment() {
        town.segment(6, "2001:db8:6::1/64").segment(9);
        town.namespace("blue", "203.0.113.2").device(7, 6, 7);
        town.namespace("red", "203.0.113.2", "192.0.2.9").device(8, 9, 8);
        town.namespace("tan", "192.0.2.9").device(10, 5, 10);
        decided(
                List.of("192.0.2.9: 4", "192.0.2.9 on segment 5: 4", "203.0.113.2 on segment 6: 2"),
                List.of("red 192.0.2.9: namespace tan holds it", "red 203.0.113.2: namespace blue holds it"));
    }

    @Test
    void whoHoldsAnUnknownAddressKeepsItWhenAnotherComesWhereItIsCovered() {
        town.segment(9);
        town.namespace("blue", "192.0.2.9").device(7, 9, 7);
        town.namespace("red", "192.0.2.9").device(8, 5, 8);
        town.held("192.0.2.9", 9, 2);
        decided(List.of("192.0.2.9: 3", "192.0.2.9 on segment 5: 3", "192.0.2.9 on segment 9: 2"), List.of());
    }

    @Test
    void ofTwoWhoHoldOneUnknownAddressBothKeepIt() {
        town.segment(8).segment(9);
        town.namespace("blue", "192.0.2.9").device(7, 9, 7);
        town.namespace("red", "192.0.2.9").device(8, 8, 8);
        town.held("192.0.2.9", 9, 2).held("192.0.2.9", 8, 3);
        decided(List.of("192.0.2.9 on segment 8: 3", "192.0.2.9 on segment 9: 2"), List.of());
    }

    @Test
    void namespaceOnTwoSegmentsHoldsEachAddressWhereItBelongs() {
        town.segment(6, "198.51.100.1/24");
        town.namespace("blue", "192.0.2.2", "198.51.100.2").device(7, 5, 7).device(8, 6, 8);
        decided(
                List.of("192.0.2.2: 2", "192.0.2.2 on segment 5: 2", "198.51.100.2: 2", "198.51.100.2 on segment 6: 2"),
                List.of());
    }

    @Test
    void twoDevicesOnOneSegmentAreOneClaim() {
        town.namespace("blue", "192.0.2.2").device(7, 5, 7).device(8, 5, 8);
        decided(List.of("192.0.2.2: 2", "192.0.2.2 on segment 5: 2"), List.of());
    }

    @Test
    void namespaceWithoutADeviceOrANumberHoldsNothing() {
        town.namespace("blue", "192.0.2.2");
        town.namespace("red", "192.0.2.3").device(8, 5, 8).unnumbered("red");
        decided(List.of(), List.of());
    }

    @Test
    void fullTableGivesEachNamespaceAsManyPlacesAsAnyOther() {
        town.namespace("blue", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5")
                .device(7, 5, 7);
        town.namespace("red", "192.0.2.6").device(8, 5, 8);
        town.held("192.0.2.5", 0, 2).held("192.0.2.5", 5, 2);
        Ownership ownership = town.decide(2 + 4);
        assertEquals(
                List.of("192.0.2.5: 2", "192.0.2.5 on segment 5: 2", "192.0.2.6: 3", "192.0.2.6 on segment 5: 3"),
                holders(ownership));
        assertEquals(6, ownership.addresses().size());
        assertEquals(
                List.of(
                        "blue 192.0.2.2: the table of addresses is full",
                        "blue 192.0.2.3: the table of addresses is full",
                        "blue 192.0.2.4: the table of addresses is full"),
                refused(ownership));
    }
}
