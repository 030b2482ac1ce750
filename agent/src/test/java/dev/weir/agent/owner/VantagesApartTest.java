// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.World;
import dev.weir.net.MacAddress;
import dev.weir.policy.Cidr;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Two vantages with the same ifindexes, addresses and MACs: what is held in one says nothing about the other.
class VantagesApartTest {
    private static final int ROUTER = 1;
    private static final IpAddress SHARED = Town.ip("192.0.2.2");
    private static final IpAddress SIDE = Town.ip("192.0.2.1");
    private static final MacAddress MAC = Town.mac(7);
    private static final Map<String, Integer> NUMBERS = Map.of("red", 2, "blue", 3);

    private static World.Device device(int vantage, World.Namespace namespace) {
        DeviceKey key = new DeviceKey(7, vantage);
        return new World.Device(key, "veth7", namespace.name(), namespace.inode(), key, Optional.of(MAC));
    }

    private static World.Segment segment(int vantage) {
        return new World.Segment(new DeviceKey(7, vantage), Set.of(Cidr.around(SIDE, 24)), Set.of(Town.mac(0xff)));
    }

    /// Red behind a device of the host, blue behind one of the router.
    private static World world() {
        World.Namespace red = new World.Namespace("red", 70, List.of(SHARED), true);
        World.Namespace blue = new World.Namespace("blue", 71, List.of(SHARED), true);
        return new World(
                List.of(
                        new World.Vantage(DeviceKey.HOST, "host", List.of(SIDE), Map.of()),
                        new World.Vantage(ROUTER, "router", List.of(SIDE), Map.of())),
                Map.of(),
                List.of(red, blue),
                List.of(segment(DeviceKey.HOST), segment(ROUTER)),
                List.of(device(DeviceKey.HOST, red), device(ROUTER, blue)),
                List.of(),
                List.of());
    }

    private static Ownership decided() {
        return Ownership.of(world(), WeirConfig.DEFAULT, NUMBERS, Held.NOTHING);
    }

    private static String held(Ownership ownership) {
        return new TreeMap<>(ownership.addresses()).toString();
    }

    @Test
    void equalAddressesAndMacsAreHeldInEach() {
        Ownership decided = decided();
        assertEquals(
                "{192.0.2.1=1, 192.0.2.1 in vantage 1=1, 192.0.2.2=2, 192.0.2.2 on segment 7=2, "
                        + "192.0.2.2 in vantage 1=3, 192.0.2.2 on segment 1/7=3}",
                held(decided));
        assertEquals(List.of(), decided.refused());
        for (int vantage : List.of(DeviceKey.HOST, ROUTER)) {
            DeviceKey key = new DeviceKey(7, vantage);
            assertEquals(Guard.granting(key, MAC), decided.guards().get(key));
        }
    }

    @Test
    void whatWasHeldWhereNobodyLooksStaysForWhoIsThere() {
        Ownership before = decided();
        Held held = new Held(before.addresses(), before.guards());
        World host = new World(
                world().vantages().subList(0, 1),
                Map.of(),
                world().namespaces(),
                world().segments().subList(0, 1),
                world().devices().subList(0, 1),
                List.of(),
                List.of());
        Ownership seen = Ownership.of(host, WeirConfig.DEFAULT, NUMBERS, held);
        assertEquals(held(before), held(seen.keeping(Set.of(ROUTER), held, NUMBERS.values())));
        assertEquals(
                before.guards(),
                seen.keeping(Set.of(ROUTER), held, NUMBERS.values()).guards());
        assertEquals(
                "{192.0.2.1=1, 192.0.2.1 in vantage 1=1, 192.0.2.2=2, 192.0.2.2 on segment 7=2}",
                held(seen.keeping(Set.of(ROUTER), held, Set.of(2))),
                "blue is gone");
        assertSame(seen, seen.keeping(Set.of(), held, NUMBERS.values()));
    }
}
