// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.DeviceKey;
import dev.weir.net.NamedNamespace;
import dev.weir.net.NetException;
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
import java.util.stream.Collectors;

/// Reads the world: named namespaces from `/run/netns`; in each vantage host-side veths, what lies behind them,
/// whether it has a name or not, addresses and routes from rtnetlink. For one thread.
public final class Discovery {
    private static final Path ROOT = Path.of("/");

    private final Vantages vantages;
    private final Vantages.Numbers numbers;
    private final Unnamed unnamed;
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
    public Discovery(Vantages vantages, Vantages.Numbers numbers, Memory memory) {
        this.vantages = vantages;
        this.numbers = numbers;
        this.unnamed = new Unnamed(vantages, memory, new Containers(ROOT));
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
        return Scan.of(number, name, netlink, veths -> look.behind(number, veths, netlink));
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
        List<NamedNamespace> named = new ArrayList<>(NetworkNamespace.named());
        for (NamedNamespace each : named) {
            if (each instanceof NamedNamespace.Live live) {
                known.own(live.namespace());
            }
        }
        named.sort(Comparator.comparing(each -> Containers.isMade(each.name())));
        for (NamedNamespace each : named) {
            switch (each) {
                case NamedNamespace.Stale stale -> problems.add(stale.reason());
                case NamedNamespace.Live live -> read(live, known, look, problems);
            }
        }
    }

    private void read(NamedNamespace.Live named, Known known, Unnamed.Look look, List<String> problems) {
        String name = named.name();
        if (name.startsWith(Target.DEVICE_PREFIX) || name.startsWith(Unnamed.PID_PREFIX)) {
            problems.add(
                    "the name of namespace %s is not used: a device without a namespace, or one without a name, is called so; rename it"
                            .formatted(name));
            return;
        }
        NetworkNamespace namespace = named.namespace();
        int nsid = vantages.host().nsidOf(namespace); // in the host's, which hears of changes in those that have one
        Optional<World.Namespace> first = known.byHostId(nsid);
        if (first.isPresent()) {
            String other = first.get().name();
            problems.add("namespaces %s and %s are one under two names; it is called %s".formatted(other, name, other));
            return;
        }
        known.add(look.called(name, namespace.inode()), namespace, nsid, true);
    }
}
