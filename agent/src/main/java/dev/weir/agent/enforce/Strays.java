// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.agent.netns.World;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Devices that led to a namespace and now lead to none that is known: its name was deleted while processes live
/// in it,
/// or whoever is root in it has moved its end of the device into a namespace of his own. They stay what they
/// were, or
/// anybody could step out of the policies so. Behind them is nobody whose MAC and addresses are known, so under
/// the guard
/// nothing leaves by them.
final class Strays {
    private Strays() {}

    /// The world in which each of these still leads to its namespace, and a problem tells of it.
    static World keep(World world, Actual actual) {
        Map<Integer, EndpointId> tenants = actual.endpoints().keySet().stream()
                .filter(id -> !id.isDevice() && actual.attached().contains(id.ifindex()))
                .collect(Collectors.toMap(EndpointId::ifindex, Function.identity()));
        if (world.others().stream().noneMatch(other -> tenants.containsKey(other.ifindex()))) {
            return world;
        }
        List<World.Device> devices = new ArrayList<>(world.devices());
        List<World.Other> others = new ArrayList<>();
        List<String> problems = new ArrayList<>(world.problems());
        for (World.Other other : world.others()) {
            EndpointId tenant = tenants.get(other.ifindex());
            if (tenant == null) {
                others.add(other);
            } else {
                devices.add(new World.Device(
                        other.ifindex(),
                        other.name(),
                        tenant.namespace(),
                        tenant.inode(),
                        other.segment(),
                        Optional.empty()));
                problems.add(
                        "device %s led to namespace %s and now leads to one that has no name; it stays enforced as a device of %s, until it is deleted or leads to a named one"
                                .formatted(other.name(), tenant.namespace(), tenant.namespace()));
            }
        }
        devices.sort(Comparator.comparingInt(World.Device::ifindex));
        return new World(
                world.hostAddresses(), world.namespaces(), world.segments(), devices, others, world.routes(), problems);
    }
}
