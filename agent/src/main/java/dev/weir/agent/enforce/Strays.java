// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.DeviceKey;
import dev.weir.agent.netns.World;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Devices that led to a namespace and now lead to another one that nobody has named: its name was deleted while
/// processes live in it, or whoever is root in it has moved its end of the device into a namespace of his own. They
/// stay what they were, or anybody could step out of the policies so; it is for the host to say, by a name under
/// `/run/netns`, that a device belongs to somebody else. Behind such a stray is nobody whose MAC and addresses are
/// known, so under the guard nothing leaves by it. All devices of a vantage that lost its name, or is not seen for
/// another reason, stay what they were too; there, who held what goes on holding it (`Ownership.keeping`).
final class Strays {
    private final World world;
    private final Map<DeviceKey, Map.Entry<EndpointId, Actual.Installed>> attached = new HashMap<>();
    private final List<World.Vantage> vantages;
    private final List<World.Device> devices = new ArrayList<>();
    private final List<World.Other> others = new ArrayList<>();
    private final List<String> problems;

    private Strays(World world, Actual actual) {
        this.world = world;
        this.vantages = new ArrayList<>(world.vantages());
        this.problems = new ArrayList<>(world.problems());
        actual.endpoints().entrySet().stream()
                .filter(each -> actual.attached().contains(each.getKey().device()))
                .forEach(each -> attached.put(each.getKey().device(), each));
    }

    /// The world in which each of these still leads to its namespace, and a problem tells of it.
    ///
    /// @param wanted what the vantages are called that weir.yaml names, by number, whether they are seen or not
    static World keep(World world, Actual actual, Map<Integer, String> wanted) {
        Strays strays = new Strays(world, actual);
        strays.keepDevices();
        strays.keepVantages(wanted);
        return strays.world();
    }

    private void keepDevices() {
        for (World.Other other : world.others()) {
            tenant(other.key())
                    .ifPresentOrElse(
                            tenant -> keep(tenant, other.name(), other.segment(), ""), () -> others.add(other));
        }
        Set<Long> named = new HashSet<>();
        world.namespaces().stream().filter(World.Namespace::named).forEach(each -> named.add(each.inode()));
        for (World.Device device : world.devices()) {
            EndpointId now = EndpointId.of(device);
            tenant(device.key())
                    .filter(tenant -> !tenant.equals(now) && !named.contains(device.inode()))
                    .ifPresentOrElse(
                            tenant -> keep(tenant, device.name(), device.segment(), ", " + device.namespace()),
                            () -> devices.add(device));
        }
    }

    /// Whom a device is enforced for.
    private Optional<EndpointId> tenant(DeviceKey device) {
        return Optional.ofNullable(attached.get(device)).map(Map.Entry::getKey).filter(id -> !id.isDevice());
    }

    /// @param where the device leads to now, behind a comma; empty where that is not known
    private void keep(EndpointId tenant, String name, DeviceKey segment, String where) {
        devices.add(device(tenant, name, segment));
        problems.add(
                "device %s led to namespace %s and now leads to one that has no name%s; it stays enforced as a device of %s, until it is deleted or leads to a named one"
                        .formatted(world.called(tenant.device(), name), tenant.namespace(), where, tenant.namespace()));
    }

    private void keepVantages(Map<Integer, String> wanted) {
        Set<Integer> lost = new HashSet<>();
        attached.forEach((key, known) -> {
            int vantage = key.vantage();
            if (wanted.containsKey(vantage) && world.vantage(vantage).isEmpty()) {
                Actual.Installed installed = known.getValue();
                DeviceKey segment = installed.guard().segment();
                if (known.getKey().isDevice()) {
                    others.add(new World.Other(key, installed.device(), true, segment));
                } else {
                    devices.add(device(known.getKey(), installed.device(), segment));
                }
                lost.add(vantage);
            }
        });
        for (int number : lost) {
            String name = wanted.getOrDefault(number, "");
            vantages.add(new World.Vantage(number, name, List.of(), Map.of()));
            problems.add(
                    "the vantage that was called %s is not seen any more; its devices stay enforced as they were until they are gone, but nothing that changes there is noticed"
                            .formatted(name));
        }
    }

    private static World.Device device(EndpointId tenant, String name, DeviceKey segment) {
        return new World.Device(tenant.device(), name, tenant.namespace(), tenant.inode(), segment, Optional.empty());
    }

    private World world() {
        devices.sort(Comparator.comparing(World.Device::key));
        return new World(vantages, world.unseen(), world.namespaces(), world.segments(), devices, others, problems);
    }
}
