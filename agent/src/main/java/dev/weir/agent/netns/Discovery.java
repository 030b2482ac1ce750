// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.DeviceKey;
import dev.weir.net.NamedNamespace;
import dev.weir.net.NamespaceMount;
import dev.weir.net.NetException;
import dev.weir.net.NetlinkMonitor;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.RouteNetlink;
import dev.weir.policy.Target;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Reads the world: named namespaces from `/run/netns`; in each vantage host-side veths, what lies behind them,
/// whether it has a name or not, addresses and routes from rtnetlink. For one thread.
public final class Discovery {
    private static final Path ROOT = Path.of("/");

    private final Vantages vantages;
    private final Vantages.Numbers numbers;
    private final Unnamed unnamed;
    private final Remembered remembered;
    private final Map<Integer, Scan> scans = new HashMap<>(); // what each vantage showed last

    /// What namespaces were called by an agent before this one.
    @FunctionalInterface
    public interface Memory {
        /// What the namespace is called that a device is enforced for; empty where it is enforced for none, or for
        /// another one.
        ///
        /// @param inode of the namespace that the device leads to now
        Optional<String> nameOf(DeviceKey device, long inode);
    }

    /// @param vantages where to look; they stay the caller's
    /// @param numbers gives those their numbers that are there
    /// @param heard where something has changed since it was asked last; what has not is not asked for again
    public Discovery(
            Vantages vantages, Vantages.Numbers numbers, Memory memory, Supplier<NetlinkMonitor.Changes> heard) {
        this.vantages = vantages;
        this.numbers = numbers;
        this.unnamed = new Unnamed(vantages, memory, new Containers(ROOT));
        this.remembered = new Remembered(heard);
    }

    /// The world as it is now. What goes away in mid-scan is left out; leftovers in `/run/netns` are told as
    /// problems. A vantage other than the host's that does not answer, which whoever is root in it can bring about,
    /// is told as it was last seen.
    ///
    /// @throws NetException when the kernel does not answer: half a world would look as if the rest were gone
    public World observe() {
        List<String> problems = new ArrayList<>();
        try (Known known = new Known(vantages.host(), problems)) {
            Unnamed.Look look = unnamed.new Look(known, problems);
            named(known, look, problems);
            look.recall();
            Map<String, String> unseen = new HashMap<>(vantages.follow(numbers));
            Set<Integer> there = new HashSet<>();
            vantages.forEach((number, name, netlink) -> {
                there.add(number);
                if (number == DeviceKey.HOST) {
                    scans.put(number, scan(number, name, netlink, look));
                } else {
                    scanOther(number, name, netlink, look, unseen);
                }
            });
            scans.keySet().retainAll(there);
            World world = world(unseen, known.namespaces(), problems);
            look.end(world.devices().stream().map(World.Device::namespace).collect(Collectors.toSet()));
            return world;
        }
    }

    /// How long until another look is worth it though no event tells so, because a device leads to where nobody was
    /// found yet; empty where none does.
    public OptionalLong lookAgainNanos() {
        return unnamed.lookAgainNanos();
    }

    private static Scan scan(int number, String name, RouteNetlink netlink, Unnamed.Look look) {
        return Scan.of(number, name, netlink, look);
    }

    private void scanOther(
            int number, String name, RouteNetlink netlink, Unnamed.Look look, Map<String, String> unseen) {
        try {
            scans.put(number, scan(number, name, netlink, look));
        } catch (NetException e) {
            unseen.put(
                    name,
                    "it is %s: %s"
                            .formatted(
                                    scans.containsKey(number) ? "taken to be as it was seen last" : "not looked at",
                                    e.getMessage()));
        }
    }

    private World world(Map<String, String> unseen, Collection<World.Namespace> namespaces, List<String> problems) {
        List<Scan> all = scans.values().stream()
                .sorted(Comparator.comparingInt(scan -> scan.vantage().number()))
                .toList();
        return new World(
                all.stream().map(Scan::vantage).toList(),
                unseen,
                namespaces.stream()
                        .sorted(Comparator.comparing(World.Namespace::name))
                        .toList(),
                all.stream().flatMap(scan -> scan.segments().stream()).toList(),
                all.stream().flatMap(scan -> scan.devices().stream()).toList(),
                all.stream().flatMap(scan -> scan.others().stream()).toList(),
                problems);
    }

    /// Adds all that have a name; those last that an engine has named, so that no container takes a person's name.
    private void named(Known known, Unnamed.Look look, List<String> problems) {
        remembered.begin();
        List<String> names = NetworkNamespace.names();
        remembered.retain(new HashSet<>(names));
        names.stream().sorted(Comparator.comparing(Containers::isMade)).forEach(name -> {
            Optional<NamespaceMount> mount = NamespaceMount.of(name);
            Optional<Remembered.Named> before = mount.flatMap(remembered::behind);
            if (before.isPresent()) {
                again(name, before.get(), known, look, problems);
            } else {
                switch (NetworkNamespace.named(name).orElse(null)) {
                    case null -> {} // deleted since the names were listed
                    case NamedNamespace.Stale stale -> problems.add(stale.reason());
                    case NamedNamespace.Live live -> read(live, mount, known, look, problems);
                }
            }
        });
    }

    private void read(
            NamedNamespace.Live named,
            Optional<NamespaceMount> mount,
            Known known,
            Unnamed.Look look,
            List<String> problems) {
        NetworkNamespace namespace = named.namespace();
        known.own(namespace);
        int nsid = vantages.host().nsidOf(namespace); // in the host's, which hears of changes in those that have one
        if (isNew(named.name(), nsid, known, problems)) {
            Optional<Inside> inside = known.add(look.called(named.name(), namespace.inode()), namespace, nsid, true);
            if (mount.isPresent() && inside.isPresent()) {
                remembered.add(new Remembered.Named(mount.get(), namespace.inode(), nsid, inside.get()));
            }
        }
    }

    private void again(String name, Remembered.Named before, Known known, Unnamed.Look look, List<String> problems) {
        if (isNew(name, before.nsid(), known, problems)) {
            known.add(look.called(name, before.inode()), before);
        }
    }

    private static boolean isNew(String name, int nsid, Known known, List<String> problems) {
        if (name.startsWith(Target.DEVICE_PREFIX) || name.startsWith(Unnamed.PID_PREFIX)) {
            problems.add(
                    "the name of namespace %s is not used: a device without a namespace, or one without a name, is called so; rename it"
                            .formatted(name));
            return false;
        }
        Optional<World.Namespace> first = known.byHostId(nsid);
        if (first.isPresent()) {
            String other = first.get().name();
            problems.add("namespaces %s and %s are one under two names; it is called %s".formatted(other, name, other));
            return false;
        }
        return true;
    }
}
