// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.World;
import dev.weir.net.MacAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// What holds in every world, however tenants crowd together. A town here is small, so that claims meet often.
class OwnershipTest {
    private static final DeviceKey ANYWHERE = Place.anywhere(DeviceKey.HOST);
    private static final List<String> POOL = List.of(
            "192.0.2.1", "192.0.2.2", "192.0.2.3", "198.51.100.2", "203.0.113.2", "fe80::5eff:feff:1", "2001:db8::2");
    private static final List<String> NAMES = List.of("blue", "red", "tan");

    /// One draw after the other, from one number.
    private static final class Dice {
        private long state;

        Dice(long seed) {
            state = seed;
        }

        int below(int bound) {
            state = state * 6364136223846793005L + 1442695040888963407L; // Knuth's MMIX generator
            return (int) ((state >>> 33) % bound);
        }

        String address() {
            return POOL.get(below(POOL.size()));
        }

        String[] addresses() {
            return Stream.generate(this::address).limit(below(4)).distinct().toArray(String[]::new);
        }
    }

    @Provide
    Arbitrary<Long> seeds() {
        return Arbitraries.longs();
    }

    private static Town found(Dice dice, Held held) {
        Town town = new Town();
        town.segment(3, dice.below(2) == 0 ? new String[] {"192.0.2.1/24"} : new String[] {"192.0.2.1/32"});
        town.segment(4, dice.below(2) == 0 ? new String[] {"192.0.2.3/24", "2001:db8::1/64"} : new String[] {});
        int ifindex = 10;
        for (String name : NAMES) {
            town.namespace(name, dice.addresses());
            for (int i = dice.below(3); i > 0; i--) {
                int segment = 3 + dice.below(3);
                town.device(ifindex, segment == 5 ? ifindex : segment, dice.below(4));
                ifindex++;
            }
            if (dice.below(6) == 0) {
                town.forwarder(name);
            }
            town.declare(name, dice.addresses());
        }
        if (dice.below(3) == 0) {
            town.route(dice.address(), 3 + dice.below(2));
        }
        if (dice.below(2) == 0) {
            town.declared();
        }
        held.addresses()
                .forEach((place, number) ->
                        town.held(place.address().toString(), place.segment().ifindex(), number));
        held.guards()
                .forEach((device, guard) -> guard.mac()
                        .ifPresent(mac ->
                                town.guarded(device.ifindex(), guard.segment().ifindex(), (int) (mac.bits() & 0xff))));
        return town;
    }

    /// What comes of two moments, the second of which remembers the first.
    private record Moments(Town town, Held before, Ownership ownership) {
        static Moments of(long seed) {
            Dice dice = new Dice(seed);
            Town earlier = found(dice, Held.NOTHING);
            Ownership first = earlier.decide();
            long later = dice.below(Integer.MAX_VALUE);
            Held remembered =
                    new Held(first.addresses(), kept(first.guards(), earlier, found(new Dice(later), Held.NOTHING)));
            Town town = found(new Dice(later), remembered);
            return new Moments(town, remembered, town.decide());
        }

        /// The guards of devices that lead to the same namespace in both.
        private static Map<DeviceKey, Guard> kept(Map<DeviceKey, Guard> guards, Town earlier, Town later) {
            Map<DeviceKey, Guard> kept = new HashMap<>();
            for (World.Device device : later.world().devices()) {
                Guard guard = guards.get(device.key());
                if (guard != null
                        && earlier.world().devices().stream()
                                .anyMatch(each -> each.key().equals(device.key())
                                        && each.namespace().equals(device.namespace()))) {
                    kept.put(device.key(), guard);
                }
            }
            return kept;
        }

        boolean declared() {
            return town.config().namespaces().addresses() == WeirConfig.Addresses.DECLARED;
        }
    }

    private static List<IpAddress> hosts(World world) {
        return world.vantages().getFirst().addresses();
    }

    @Property
    void addressOfTheHostIsOnlyTheHosts(@ForAll("seeds") long seed) {
        Moments moments = Moments.of(seed);
        Set<IpAddress> hosts = new HashSet<>(hosts(moments.town().world()));
        moments.ownership()
                .addresses()
                .forEach(
                        (place, number) -> assertEquals(hosts.contains(place.address()), number == 1, place::toString));
    }

    @Property
    void nobodyHoldsWhatItDoesNotClaimOnThatSegment(@ForAll("seeds") long seed) {
        Moments moments = Moments.of(seed);
        World world = moments.town().world();
        Map<Place, Integer> granted = moments.ownership().addresses();
        granted.forEach((place, number) -> {
            if (number != 1 && !place.segment().equals(ANYWHERE)) {
                World.Namespace holder = world.namespaces().get(number - 2);
                assertTrue(
                        world.devices().stream()
                                .anyMatch(device -> device.namespace().equals(holder.name())
                                        && device.segment().equals(place.segment())),
                        place::toString);
                assertTrue(claims(moments, holder, place), () -> place + " of " + holder);
            } else if (number != 1) {
                assertFalse(World.isLinkLocal(place.address()));
                assertTrue(granted.entrySet().stream()
                        .anyMatch(each -> !each.getKey().segment().equals(ANYWHERE)
                                && each.getKey().address().equals(place.address())
                                && each.getValue().equals(number)));
            }
        });
    }

    /// With `declared`, nothing but what is declared and the link-local address of a granted, or unguarded, MAC.
    private static boolean claims(Moments moments, World.Namespace holder, Place place) {
        var config = moments.town().config().namespaces();
        return switch (config.addresses()) {
            case LEARNED -> holder.addresses().contains(place.address());
            case DECLARED ->
                config.declared().getOrDefault(holder.name(), List.of()).contains(place.address())
                        || moments.town().world().devices().stream()
                                .filter(device -> device.namespace().equals(holder.name()))
                                .filter(device -> device.segment().equals(place.segment()))
                                .map(device -> {
                                    Guard guard = moments.ownership().guard(device);
                                    return guard.word() == Guard.OFF ? device.mac() : guard.mac();
                                })
                                .anyMatch(mac -> mac.map(MacAddress::linkLocal)
                                        .filter(place.address()::equals)
                                        .isPresent());
        };
    }

    @Property
    void holderKeepsWhatItStillClaimsWhateverOthersClaim(@ForAll("seeds") long seed) {
        Moments moments = Moments.of(seed);
        Ownership ownership = moments.ownership();
        moments.before().addresses().forEach((place, number) -> {
            if (number == 1
                    || place.segment().equals(ANYWHERE)
                    || (moments.declared() && World.isLinkLocal(place.address()))) { // goes with its MAC
                return;
            }
            Integer now = ownership.addresses().get(place);
            // alone in the world, with the same host: would it have the place?
            Ownership alone = without(moments, NAMES.get(number - 2));
            if (number.equals(alone.addresses().get(place))) {
                assertEquals(number, now, place::toString);
            }
        });
    }

    /// The same moment for this namespace with no other namespace there.
    private static Ownership without(Moments moments, String only) {
        World world = moments.town().world();
        World alone = new World(
                world.vantages(),
                Map.of(),
                world.namespaces().stream()
                        .filter(each -> each.name().equals(only))
                        .toList(),
                world.segments(),
                world.devices().stream()
                        .filter(each -> each.namespace().equals(only))
                        .toList(),
                List.of(),
                List.of());
        return Ownership.of(alone, moments.town().config(), moments.town().numbers(), moments.before());
    }

    @Property
    void holderOfAMacKeepsItWhileItStillClaimsIt(@ForAll("seeds") long seed) {
        Moments moments = Moments.of(seed);
        for (World.Device device : moments.town().world().devices()) {
            Guard before = moments.before().guards().get(device.key());
            if (before != null
                    && before.mac().isPresent()
                    && before.segment().equals(device.segment())
                    && moments.town().config().guards(device.namespace())
                    && (moments.declared() || device.mac().equals(before.mac()))) {
                assertEquals(before, moments.ownership().guard(device));
            }
        }
    }

    @Property
    void guardGrantsOneNamespaceOfASegmentEachMac(@ForAll("seeds") long seed) {
        Moments moments = Moments.of(seed);
        Map<Guard, String> holders = new HashMap<>();
        for (World.Device device : moments.town().world().devices()) {
            Guard guard = moments.ownership().guard(device);
            assertEquals(device.segment(), guard.segment());
            assertEquals(!moments.town().config().guards(device.namespace()), guard.word() == Guard.OFF);
            if (guard.mac().isPresent()) {
                String other = holders.putIfAbsent(guard, device.namespace());
                assertTrue(other == null || other.equals(device.namespace()), guard::toString);
                assertNotEquals(Town.mac(0xff), guard.mac().get());
            }
        }
    }

    @Property
    void orderOfTheWorldDecidesNothing(@ForAll("seeds") long seed) {
        Moments moments = Moments.of(seed);
        assertEquals(
                moments.ownership(),
                Ownership.of(
                        moments.town().reversed(),
                        moments.town().config(),
                        moments.town().numbers(),
                        moments.town().held()));
    }

    /// A MAC that was declared and cannot follow its device to another segment is forgotten, so it takes two turns.
    @Property
    void decidedTwiceIsDecided(@ForAll("seeds") long seed) {
        Moments moments = Moments.of(seed);
        Ownership second = again(moments, moments.ownership());
        if (!moments.declared()) {
            assertEquals(moments.ownership(), second);
        }
        assertEquals(again(moments, second), again(moments, again(moments, second)));
    }

    private static Ownership again(Moments moments, Ownership ownership) {
        return Ownership.of(
                moments.town().world(),
                moments.town().config(),
                moments.town().numbers(),
                new Held(ownership.addresses(), ownership.guards()));
    }

    @Property
    void claimIsGrantedSomewhereOrRefusedWithAReason(@ForAll("seeds") long seed) {
        Moments moments = Moments.of(seed);
        World world = moments.town().world();
        for (World.Namespace namespace : world.namespaces()) {
            if (world.devices().stream().noneMatch(device -> device.namespace().equals(namespace.name()))) {
                continue;
            }
            int number = moments.town().numbers().getOrDefault(namespace.name(), 0);
            for (IpAddress address : namespace.addresses()) {
                boolean granted = moments.ownership().addresses().entrySet().stream()
                        .anyMatch(each -> each.getKey().address().equals(address) && each.getValue() == number);
                boolean refused = moments.ownership().refused().stream()
                        .anyMatch(each -> each.namespace().equals(namespace.name())
                                && each.address().equals(address.toString())
                                && !each.reason().isEmpty());
                assertNotEquals(granted, refused, () -> namespace.name() + " " + address);
            }
        }
    }
}
