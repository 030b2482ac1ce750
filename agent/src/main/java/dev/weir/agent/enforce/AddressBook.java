// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.AddressKey;
import dev.weir.abi.DeviceKey;
import dev.weir.agent.owner.Place;
import dev.weir.bpf.BpfException;
import dev.weir.bpf.BpfMap;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

/// The map `weir_addresses`, by place: the number of who holds each address. Not thread-safe: the enforcer's own.
final class AddressBook {
    private final BpfMap<AddressKey, Integer> map;
    private final Map<Place, Integer> holders = new HashMap<>();

    AddressBook(BpfMap<AddressKey, Integer> map) {
        this.map = map;
        read();
    }

    /// The number of who holds each.
    Map<Place, Integer> holders() {
        return Collections.unmodifiableMap(holders);
    }

    /// Gives addresses to other holders than they have, or than none.
    ///
    /// @throws BpfException when there is no room for all; some are given then
    void grant(Map<Place, Integer> granted) {
        Map<AddressKey, Integer> entries = new HashMap<>();
        granted.forEach((place, number) -> entries.put(key(place), number));
        try {
            map.updateAll(entries);
        } catch (BpfException e) {
            holders.clear();
            read();
            throw e;
        }
        holders.putAll(granted);
    }

    void revoke(Collection<Place> revoked) {
        for (Place place : revoked) {
            map.delete(key(place));
            holders.remove(place);
        }
    }

    private void read() {
        map.forEach((key, number) ->
                holders.put(new Place(key.address(), new DeviceKey(key.segment(), key.vantage())), number));
    }

    private static AddressKey key(Place place) {
        return new AddressKey(
                place.address(), place.segment().vantage(), place.segment().ifindex());
    }
}
