// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.Limits;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.World;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Who holds what. Claims are weighed one address and one segment at a time; of several claimants the one that holds
/// the address keeps it, else the namespace with the lowest number gets it. So nobody takes what another goes on
/// claiming, and the order in which the world tells things decides nothing.
///
/// @param addresses number of the holder of each
/// @param guards of all devices
/// @param refused claims that were not granted, in order, each once
public record Ownership(Map<Place, Integer> addresses, Map<DeviceKey, Guard> guards, List<Refusal> refused) {
    public Ownership {
        addresses = Map.copyOf(addresses);
        guards = Map.copyOf(guards);
        refused = List.copyOf(refused);
    }

    /// The guard of a device; off for one that no namespace lies behind.
    public Guard guard(World.Device device) {
        return guards.getOrDefault(device.key(), Guard.off(device.segment()));
    }

    /// Weighs all claims of a world.
    ///
    /// @param numbers of namespaces; one without a number holds nothing
    public static Ownership of(World world, WeirConfig config, Map<String, Integer> numbers, Held held) {
        return of(world, config, numbers, held, Limits.MAX_ADDRESSES);
    }

    /// As the other, for a table of addresses with this many places.
    static Ownership of(World world, WeirConfig config, Map<String, Integer> numbers, Held held, int capacity) {
        List<Refusal> refused = new ArrayList<>();
        Map<DeviceKey, Guard> guards = new MacClaims(world, config, numbers, held.guards()).decide(refused);
        List<Claim> claims = AddressClaims.of(world, config, numbers, guards);
        AddressGrants grants = new AddressGrants(claims, numbers, held.addresses());
        return new Ownership(
                grants.decide(hosts(world), capacity, refused),
                guards,
                refused.stream().sorted().distinct().toList());
    }

    /// The same, but in some vantages with what was held there before, by whoever is still there: nobody can see what
    /// is
    /// claimed in them.
    ///
    /// @param numbers of namespaces that are still there
    public Ownership keeping(Set<Integer> vantages, Held before, Collection<Integer> numbers) {
        if (vantages.isEmpty()) {
            return this;
        }
        Map<Place, Integer> kept = new HashMap<>(addresses);
        kept.keySet().removeIf(place -> vantages.contains(place.segment().vantage()));
        before.addresses().forEach((place, number) -> {
            if (vantages.contains(place.segment().vantage())
                    && (number == Limits.HOST_NUMBER || numbers.contains(number))) {
                kept.put(place, number);
            }
        });
        Map<DeviceKey, Guard> guarded = new HashMap<>(guards);
        before.guards().forEach((device, guard) -> {
            if (vantages.contains(device.vantage())) {
                guarded.put(device, guard);
            }
        });
        return new Ownership(kept, guarded, refused);
    }

    /// Where the vantages' own addresses are held.
    private static List<Place> hosts(World world) {
        return world.vantages().stream()
                .flatMap(vantage -> vantage.addresses().stream()
                        .map(address -> new Place(address, Place.anywhere(vantage.number()))))
                .toList();
    }
}
