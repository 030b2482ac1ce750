// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.World;
import dev.weir.net.MacAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Gathers what is claimed: by the interfaces of namespaces where addresses are learned, by weir.yaml where they are
/// declared. A namespace claims each of its addresses on each segment that it is on.
final class AddressClaims {
    private final Map<DeviceKey, World.Segment> segments = new HashMap<>();
    private final Set<Place> hosts = new HashSet<>();
    private final Map<Integer, Map<IpAddress, Integer>> routes = new HashMap<>(); // by vantage
    private final List<Claim> claims = new ArrayList<>();

    private AddressClaims(World world) {
        world.segments().forEach(segment -> segments.put(segment.key(), segment));
        for (World.Vantage vantage : world.vantages()) {
            vantage.addresses().forEach(address -> hosts.add(new Place(address, Place.anywhere(vantage.number()))));
            routes.put(vantage.number(), vantage.routes());
        }
    }

    /// @param guards of all devices
    static List<Claim> of(World world, WeirConfig config, Map<String, Integer> numbers, Map<DeviceKey, Guard> guards) {
        AddressClaims claims = new AddressClaims(world);
        Map<String, List<World.Device>> devices = new HashMap<>();
        world.devices()
                .forEach(device -> devices.computeIfAbsent(device.namespace(), none -> new ArrayList<>())
                        .add(device));
        for (World.Namespace namespace : world.namespaces()) {
            Integer number = numbers.get(namespace.name());
            List<World.Device> own = devices.getOrDefault(namespace.name(), List.of());
            if (number != null) {
                switch (config.namespaces().addresses()) {
                    case LEARNED -> claims.learn(namespace, number, own);
                    case DECLARED -> {
                        List<IpAddress> declared =
                                config.namespaces().declared().getOrDefault(namespace.name(), List.of());
                        claims.declare(namespace, number, own, declared, guards);
                    }
                }
            }
        }
        return claims.claims.stream().sorted(Claim.ORDER).distinct().toList();
    }

    private void learn(World.Namespace namespace, int number, List<World.Device> devices) {
        for (IpAddress address : namespace.addresses()) {
            for (DeviceKey segment : segmentsOf(devices)) {
                add(namespace, number, address, segment, standing(address, segment));
            }
        }
    }

    private void declare(
            World.Namespace namespace,
            int number,
            List<World.Device> devices,
            List<IpAddress> declared,
            Map<DeviceKey, Guard> guards) {
        for (DeviceKey segment : segmentsOf(devices)) {
            declared.forEach(address -> add(namespace, number, address, segment, Claim.Standing.OF_SEGMENT));
            namespace.addresses().stream()
                    .filter(address -> !declared.contains(address))
                    .forEach(address -> add(namespace, number, address, segment, Claim.Standing.UNDECLARED));
        }
        for (World.Device device : devices) {
            Guard guard = guards.getOrDefault(device.key(), Guard.nobody(device.segment()));
            Optional<MacAddress> mac = guard.word() == Guard.OFF ? device.mac() : guard.mac();
            mac.ifPresent(
                    known -> add(namespace, number, known.linkLocal(), device.segment(), Claim.Standing.OF_SEGMENT));
        }
    }

    private void add(
            World.Namespace namespace, int number, IpAddress address, DeviceKey segment, Claim.Standing standing) {
        Claim.Standing worst = standing;
        if (!WeirConfig.Namespaces.canHold(address)) {
            worst = Claim.Standing.OF_NOBODY;
        } else if (hosts.contains(new Place(address, Place.anywhere(segment.vantage())))) {
            worst = Claim.Standing.OF_HOST;
        }
        claims.add(new Claim(namespace.name(), number, new Place(address, segment), worst));
    }

    private Claim.Standing standing(IpAddress address, DeviceKey segment) {
        World.Segment side = segments.getOrDefault(segment, new World.Segment(segment, Set.of(), Set.of()));
        if (World.isLinkLocal(address) || side.covers(address)) {
            return Claim.Standing.OF_SEGMENT;
        }
        Integer leadsTo = routes.getOrDefault(segment.vantage(), Map.of()).get(address);
        if (leadsTo != null && leadsTo == segment.ifindex()) {
            return Claim.Standing.ROUTED;
        }
        return side.hasSubnets(address.isV4()) ? Claim.Standing.OUTSIDE : Claim.Standing.UNKNOWN;
    }

    private static Set<DeviceKey> segmentsOf(List<World.Device> devices) {
        Set<DeviceKey> segments = new LinkedHashSet<>();
        devices.forEach(device -> segments.add(device.segment()));
        return segments;
    }
}
