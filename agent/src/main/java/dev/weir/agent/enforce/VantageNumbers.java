// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.Limits;
import dev.weir.abi.Vantage;
import dev.weir.agent.netns.World;
import dev.weir.bpf.BpfMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/// The numbers of vantages, from 1, kept in `weir_vantages`: a namespace that an earlier agent gave a number to has
/// the same one still. A namespace is known by its cookie, which is never used again, so another one that takes the
/// name of one that is gone is another vantage. The enforcer's own, for its one thread.
final class VantageNumbers {
    private final BpfMap<Integer, Vantage> map;
    private final Map<Integer, Vantage> taken = new TreeMap<>();

    /// Takes note of what an earlier agent gave out.
    VantageNumbers(BpfMap<Integer, Vantage> map) {
        this.map = map;
        map.forEach((number, vantage) -> {
            if (vantage.cookie() != 0) {
                taken.put(number, vantage);
            }
        });
    }

    /// The number of a namespace; empty when all are taken.
    OptionalInt number(String name, long cookie) {
        Vantage vantage = new Vantage(cookie, name);
        for (Map.Entry<Integer, Vantage> each : taken.entrySet()) {
            if (each.getValue().cookie() == cookie) {
                put(each.getKey(), vantage);
                return OptionalInt.of(each.getKey());
            }
        }
        for (int number = DeviceKey.HOST + 1; number < Limits.MAX_VANTAGES; number++) {
            if (!taken.containsKey(number)) {
                put(number, vantage);
                return OptionalInt.of(number);
            }
        }
        return OptionalInt.empty();
    }

    private void put(int number, Vantage vantage) {
        if (!vantage.equals(taken.put(number, vantage))) {
            map.update(number, vantage);
        }
    }

    /// Makes every number free that nothing in the kernel has to do with and no namespace goes by.
    ///
    /// @param used all others
    void retain(Set<Integer> used) {
        taken.keySet().removeIf(number -> {
            if (!used.contains(number)) {
                map.update(number, Vantage.NONE);
            }
            return !used.contains(number);
        });
    }

    /// What a device is called by whoever looks at all vantages, as [World#called].
    String called(DeviceKey device, String name) {
        String vantage =
                taken.getOrDefault(device.vantage(), new Vantage(0, "?")).name();
        return World.called(vantage, device.vantage(), name);
    }

    /// What those are called that have a number, by number.
    Map<Integer, String> names() {
        Map<Integer, String> names = new TreeMap<>();
        taken.forEach((number, vantage) -> names.put(number, vantage.name()));
        return names;
    }
}
