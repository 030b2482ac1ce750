// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import dev.weir.abi.DeviceKey;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.World;
import dev.weir.net.MacAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Weighs who may send from which Ethernet address: of each segment's devices, one namespace has each address.
final class MacClaims {
    private final World world;
    private final WeirConfig config;
    private final Map<String, Integer> numbers;
    private final Map<DeviceKey, Guard> held;
    private final Map<DeviceKey, World.Segment> segments = new HashMap<>();

    /// @param held guards until now
    MacClaims(World world, WeirConfig config, Map<String, Integer> numbers, Map<DeviceKey, Guard> held) {
        this.world = world;
        this.config = config;
        this.numbers = numbers;
        this.held = held;
        world.segments().forEach(segment -> segments.put(segment.key(), segment));
    }

    /// An address on a segment.
    private record At(DeviceKey segment, MacAddress mac) {}

    /// @param name of the namespace that claims it
    /// @param order lower wins: who holds it, then who is not guarded and so cannot be kept from it, then numbers
    private record Claimant(String name, long order) {
        private static final int UNGUARDED = 32;
        private static final int NEWCOMER = 33;

        static Claimant of(String name, int number, boolean holds, boolean guarded) {
            return new Claimant(name, number + (holds ? 0 : 1L << (guarded ? NEWCOMER : UNGUARDED)));
        }
    }

    /// The guard of each device.
    ///
    /// @param refused gets the claims that were not granted
    Map<DeviceKey, Guard> decide(List<Refusal> refused) {
        Map<At, Claimant> winners = new HashMap<>();
        for (World.Device device : world.devices()) {
            claimed(device).ifPresent(mac -> {
                boolean guarded = guarded(device);
                int number = numbers.getOrDefault(device.namespace(), Integer.MAX_VALUE);
                boolean holds = guarded && Guard.granting(device.segment(), mac).equals(held.get(device.key()));
                winners.merge(
                        new At(device.segment(), mac),
                        Claimant.of(device.namespace(), number, holds, guarded),
                        (one, other) -> one.order() <= other.order() ? one : other);
            });
        }
        Map<DeviceKey, Guard> guards = new TreeMap<>();
        for (World.Device device : world.devices()) {
            guards.put(device.key(), guarded(device) ? guard(device, winners, refused) : Guard.off(device.segment()));
        }
        return guards;
    }

    private boolean guarded(World.Device device) {
        return config.guards(device.namespace());
    }

    private Guard guard(World.Device device, Map<At, Claimant> winners, List<Refusal> refused) {
        Optional<MacAddress> claimed = claimed(device);
        if (claimed.isEmpty()) {
            return Guard.nobody(device.segment());
        }
        MacAddress mac = claimed.get();
        device.mac()
                .filter(now -> !now.equals(mac))
                .ifPresent(now -> refused.add(new Refusal(
                        device.namespace(),
                        now.toString(),
                        "device %s was first seen with %s, and addresses are declared".formatted(device.name(), mac))));
        Claimant winner = winners.get(new At(device.segment(), mac));
        String reason;
        if (isOfHostSide(device.segment(), mac)) {
            reason = "a device of the host side has it";
        } else if (winner != null && !winner.name().equals(device.namespace())) {
            reason = "namespace " + winner.name() + " holds it";
        } else {
            return Guard.granting(device.segment(), mac);
        }
        refused.add(new Refusal(device.namespace(), mac.toString(), reason));
        return Guard.nobody(device.segment());
    }

    private boolean isOfHostSide(DeviceKey segment, MacAddress mac) {
        World.Segment side = segments.get(segment);
        return side != null && side.macs().contains(mac);
    }

    /// What a device claims: the address behind it; where addresses are declared, the one that it was first granted,
    /// for as long as that can be.
    private Optional<MacAddress> claimed(World.Device device) {
        Guard before = held.get(device.key());
        boolean declared = config.namespaces().addresses() == WeirConfig.Addresses.DECLARED && guarded(device);
        Optional<MacAddress> first = declared && before != null ? before.mac() : Optional.empty();
        return first.or(device::mac);
    }
}
