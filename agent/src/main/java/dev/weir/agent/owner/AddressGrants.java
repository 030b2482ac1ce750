// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.agent.netns.World;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// Weighs claims of addresses against each other.
final class AddressGrants {
    private final List<Claim> claims;
    private final Map<Integer, String> names = new HashMap<>();
    private final Map<Place, Integer> held;
    private final SortedMap<Place, Integer> granted = new TreeMap<>();
    private final Map<Place, Set<Integer>> holders =
            new HashMap<>(); // of each address, on whichever segment of a vantage

    /// @param claims in their order
    /// @param held number of who holds each until now
    AddressGrants(List<Claim> claims, Map<String, Integer> numbers, Map<Place, Integer> held) {
        this.claims = claims;
        numbers.forEach((name, number) -> names.put(number, name));
        this.held = held;
    }

    /// The number of who holds each place from now on.
    ///
    /// @param hosts addresses of the vantages themselves, which no namespace gets there
    /// @param capacity of the table
    /// @param refused gets the claims that were not granted
    Map<Place, Integer> decide(Collection<Place> hosts, int capacity, List<Refusal> refused) {
        on(Set.of(Claim.Standing.OF_SEGMENT))
                .forEach((place, claimants) -> grant(place, keeper(place, claimants, claimants.getFirst())));
        SortedMap<Place, NavigableSet<Integer>> single = on(Set.of(Claim.Standing.ROUTED, Claim.Standing.UNKNOWN));
        single.forEach((place, claimants) -> {
            int keeper = keeper(place, claimants, 0);
            if (keeper != 0) {
                grant(place, keeper);
            }
        });
        single.forEach((place, claimants) -> {
            if (!granted.containsKey(place)) {
                claimants.stream()
                        .filter(number -> nobodyBut(number, place, single))
                        .findFirst()
                        .ifPresent(number -> grant(place, number));
            }
        });
        grantAnywhere();
        Map<Place, Integer> all = new HashMap<>();
        hosts.stream().limit(capacity).forEach(place -> all.put(place, Limits.HOST_NUMBER));
        fitting(capacity - all.size()).forEach(place -> all.put(place, granted.getOrDefault(place, 0)));
        refuse(all, refused);
        return all;
    }

    /// The claimants of each place whose claims have one of these standings, lowest number first.
    private SortedMap<Place, NavigableSet<Integer>> on(Set<Claim.Standing> standings) {
        SortedMap<Place, NavigableSet<Integer>> places = new TreeMap<>();
        for (Claim claim : claims) {
            if (standings.contains(claim.standing())) {
                places.computeIfAbsent(claim.place(), none -> new TreeSet<>()).add(claim.number());
            }
        }
        return places;
    }

    /// Who holds the place and still claims it; else `otherwise`.
    private int keeper(Place place, Set<Integer> claimants, int otherwise) {
        Integer holder = held.get(place);
        return holder != null && claimants.contains(holder) ? holder : otherwise;
    }

    private void grant(Place place, int number) {
        granted.put(place, number);
        holders.computeIfAbsent(anywhere(place), none -> new TreeSet<>()).add(number);
    }

    /// Whether no other namespace holds the address in the vantage, nor claims it in vain with a lower number.
    private boolean nobodyBut(int number, Place place, SortedMap<Place, NavigableSet<Integer>> single) {
        Set<Integer> others = holders.getOrDefault(anywhere(place), Set.of());
        if (!others.isEmpty()) {
            return others.equals(Set.of(number));
        }
        return single
                .subMap(
                        anywhere(place),
                        new Place(
                                place.address(),
                                new DeviceKey(Integer.MAX_VALUE, place.segment().vantage())))
                .values()
                .stream()
                .allMatch(claimants -> number <= claimants.getFirst());
    }

    private static Place anywhere(Place place) {
        return new Place(place.address(), Place.anywhere(place.segment().vantage()));
    }

    /// What is asked from another segment: an address that the host sends to some segment has a holder there.
    private void grantAnywhere() {
        SortedMap<Place, NavigableSet<Integer>> anywhere = new TreeMap<>();
        for (Claim claim : claims) {
            IpAddress address = claim.place().address();
            boolean sentTo = claim.standing() == Claim.Standing.OF_SEGMENT || claim.standing() == Claim.Standing.ROUTED;
            Integer holder = granted.get(claim.place());
            if (sentTo && !World.isLinkLocal(address) && holder != null && holder == claim.number()) {
                anywhere.computeIfAbsent(anywhere(claim.place()), none -> new TreeSet<>())
                        .add(holder);
            }
        }
        anywhere.forEach((place, claimants) -> granted.put(place, keeper(place, claimants, claimants.getFirst())));
    }

    /// The granted places that the table has room for. Where it has not, each namespace gets as many as any other,
    /// those first that it held already, so that none fills the table for all.
    private Collection<Place> fitting(int room) {
        if (granted.size() <= room) {
            return granted.keySet();
        }
        Map<Integer, Integer> counts = new HashMap<>();
        Map<Place, Integer> ranks = new HashMap<>();
        List<Place> places = new ArrayList<>(granted.keySet());
        places.sort(Comparator.comparing((Place place) -> !Objects.equals(granted.get(place), held.get(place)))
                .thenComparing(Comparator.naturalOrder()));
        for (Place place : places) {
            ranks.put(place, counts.merge(granted.getOrDefault(place, 0), 1, Integer::sum));
        }
        places.sort(Comparator.<Place>comparingInt(place -> ranks.getOrDefault(place, 0))
                .thenComparing(Comparator.naturalOrder()));
        return places.subList(0, Math.max(0, room));
    }

    private void refuse(Map<Place, Integer> all, List<Refusal> refused) {
        record Told(int number, IpAddress address) {}
        Set<Told> done = new HashSet<>();
        for (Claim claim : claims) {
            if (all.getOrDefault(claim.place(), 0) == claim.number()) {
                done.add(new Told(claim.number(), claim.place().address()));
            }
        }
        claims.stream()
                .sorted(Comparator.comparing(
                        claim -> claim.standing().reason().isPresent())) // who holds it says more than a rule
                .filter(claim -> done.add(new Told(claim.number(), claim.place().address())))
                .forEach(claim -> refused.add(
                        new Refusal(claim.namespace(), claim.place().address().toString(), reason(claim))));
    }

    private String reason(Claim claim) {
        return claim.standing().reason().orElseGet(() -> {
            Set<Integer> others = new TreeSet<>(holders.getOrDefault(anywhere(claim.place()), Set.of()));
            Integer here = granted.get(claim.place());
            if (here != null) {
                others = new TreeSet<>(Set.of(here));
            }
            others.remove(claim.number());
            return others.stream()
                    .findFirst()
                    .map(other -> "namespace " + names.get(other) + " holds it")
                    .orElse("the table of addresses is full");
        });
    }
}
