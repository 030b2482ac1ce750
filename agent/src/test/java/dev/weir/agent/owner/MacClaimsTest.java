// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import static dev.weir.abi.DeviceKey.onHost;
import static dev.weir.agent.owner.Town.mac;
import static dev.weir.agent.owner.Town.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.weir.abi.DeviceKey;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Who may send from which Ethernet address. The bridge is segment 5; the host's own devices on it have mac(255).
class MacClaimsTest {
    private final Town town = new Town().segment(5);

    private void decided(Map<DeviceKey, Guard> guards, String... refused) {
        Ownership ownership = town.decide();
        assertEquals(guards, ownership.guards());
        assertEquals(List.of(refused), refused(ownership));
    }

    private static Guard granting(int segment, int mac) {
        return Guard.granting(onHost(segment), mac(mac));
    }

    @Test
    void endOfTheVethIsGrantedItsOwn() {
        town.namespace("blue").device(7, 5, 7).device(8, 8, 9);
        decided(Map.of(onHost(7), granting(5, 7), onHost(8), granting(8, 9)));
    }

    @Test
    void changeIsFollowed() {
        town.namespace("blue").device(7, 5, 9).guarded(7, 5, 7);
        decided(Map.of(onHost(7), granting(5, 9)));
    }

    @Test
    void addressOfANeighbourStaysWithIt() {
        town.namespace("blue").device(7, 5, 9);
        town.namespace("red").device(8, 5, 9);
        town.guarded(7, 5, 7).guarded(8, 5, 9);
        decided(
                Map.of(onHost(7), Guard.nobody(onHost(5)), onHost(8), granting(5, 9)),
                "blue " + mac(9) + ": namespace red holds it");
    }

    @Test
    void ofTwoNewcomersTheLowerNumberGetsIt() {
        town.namespace("blue").device(7, 5, 9);
        town.namespace("red").device(6, 5, 9);
        decided(
                Map.of(onHost(7), granting(5, 9), onHost(6), Guard.nobody(onHost(5))),
                "red " + mac(9) + ": namespace blue holds it");
    }

    @Test
    void whoHeldItOnAnotherSegmentIsANewcomerOnThisOne() {
        town.segment(4);
        town.namespace("blue").device(7, 5, 9);
        town.namespace("red").device(8, 5, 9);
        town.guarded(7, 4, 9).guarded(8, 5, 9);
        decided(
                Map.of(onHost(7), Guard.nobody(onHost(5)), onHost(8), granting(5, 9)),
                "blue " + mac(9) + ": namespace red holds it");
    }

    @Test
    void equalAddressesOnSeparateSegmentsDoNotMeet() {
        town.segment(6);
        town.namespace("blue").device(7, 5, 9);
        town.namespace("red").device(8, 6, 9);
        decided(Map.of(onHost(7), granting(5, 9), onHost(8), granting(6, 9)));
    }

    @Test
    void twoDevicesOfOneNamespaceMayShareIt() {
        town.namespace("blue").device(7, 5, 9).device(8, 5, 9);
        decided(Map.of(onHost(7), granting(5, 9), onHost(8), granting(5, 9)));
    }

    @Test
    void addressOfTheHostSideIsNobodys() {
        town.namespace("blue").device(7, 5, 255).guarded(7, 5, 255);
        decided(Map.of(onHost(7), Guard.nobody(onHost(5))), "blue " + mac(255) + ": a device of the host side has it");
    }

    @Test
    void unguardedNeighbourKeepsItsOwnFromNewcomersButTakesNone() {
        town.namespace("blue").device(7, 5, 9);
        town.namespace("gate").device(8, 5, 9).forwarder("gate");
        decided(
                Map.of(onHost(7), Guard.nobody(onHost(5)), onHost(8), Guard.off(onHost(5))),
                "blue " + mac(9) + ": namespace gate holds it");
        town.guarded(7, 5, 9);
        decided(Map.of(onHost(7), granting(5, 9), onHost(8), Guard.off(onHost(5))));
    }

    @Test
    void withoutAnAddressNothingIsLetOut() {
        town.namespace("blue").device(7, 5, 0);
        decided(Map.of(onHost(7), Guard.nobody(onHost(5))));
    }

    @Test
    void guardThatIsOffLetsOutEverything() {
        town.unguarded();
        town.namespace("blue").device(7, 5, 9);
        town.namespace("red").device(8, 5, 9);
        decided(Map.of(onHost(7), Guard.off(onHost(5)), onHost(8), Guard.off(onHost(5))));
    }
}
