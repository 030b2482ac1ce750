// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

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
    private final World world;
    private final Map<Integer, World.Segment> segments = new HashMap<>();
    private final Set<IpAddress> hosts;
    private final List<Claim> claims = new ArrayList<>();

    private AddressClaims(World world) {
        this.world = world;
        world.segments().forEach(segment -> segments.put(segment.ifindex(), segment));
        this.hosts = new HashSet<>(world.hostAddresses());
    }

    /// @param guards of all devices, by ifindex
    static List<Claim> of(World world, WeirConfig config, Map<String, Integer> numbers, Map<Integer, Guard> guards) {
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
            for (int segment : segmentsOf(devices)) {
                add(namespace, number, address, segment, standing(address, segment));
            }
        }
    }

    private void declare(
            World.Namespace namespace,
            int number,
            List<World.Device> devices,
            List<IpAddress> declared,
            Map<Integer, Guard> guards) {
        for (int segment : segmentsOf(devices)) {
            declared.forEach(address -> add(namespace, number, address, segment, Claim.Standing.OF_SEGMENT));
            namespace.addresses().stream()
                    .filter(address -> !declared.contains(address))
                    .forEach(address -> add(namespace, number, address, segment, Claim.Standing.UNDECLARED));
        }
        for (World.Device device : devices) {
            Guard guard = guards.getOrDefault(device.ifindex(), Guard.nobody(device.segment()));
            Optional<MacAddress> mac = guard.word() == Guard.OFF ? device.mac() : guard.mac();
            mac.ifPresent(
                    known -> add(namespace, number, known.linkLocal(), device.segment(), Claim.Standing.OF_SEGMENT));
        }
    }

    private void add(World.Namespace namespace, int number, IpAddress address, int segment, Claim.Standing standing) {
        Claim.Standing worst = standing;
        if (!WeirConfig.Namespaces.canHold(address)) {
            worst = Claim.Standing.OF_NOBODY;
        } else if (hosts.contains(address)) {
            worst = Claim.Standing.OF_HOST;
        }
        claims.add(new Claim(namespace.name(), number, new Place(address, segment), worst));
    }

    private Claim.Standing standing(IpAddress address, int segment) {
        World.Segment side = segments.getOrDefault(segment, new World.Segment(segment, Set.of(), Set.of()));
        if (World.isLinkLocal(address) || side.covers(address)) {
            return Claim.Standing.OF_SEGMENT;
        }
        Integer leadsTo = world.routes().get(address);
        if (leadsTo != null && leadsTo == segment) {
            return Claim.Standing.ROUTED;
        }
        return side.hasSubnets(address.isV4()) ? Claim.Standing.OUTSIDE : Claim.Standing.UNKNOWN;
    }

    private static Set<Integer> segmentsOf(List<World.Device> devices) {
        Set<Integer> segments = new LinkedHashSet<>();
        devices.forEach(device -> segments.add(device.segment()));
        return segments;
    }
}
