// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.NamedNamespace;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.RouteNetlink;
import dev.weir.policy.Target;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads the world: named namespaces from `/run/netns`; in each vantage host-side veths, what lies behind them,
/// addresses and routes from rtnetlink. For one thread.
public final class Discovery {
    /// More addresses than this of one namespace are not looked at, so that a tenant cannot fill the table for all.
    private static final int MAX_ADDRESSES = 256;

    private final Vantages vantages;
    private final Vantages.Numbers numbers;
    private final Map<Integer, Scan> scans = new HashMap<>(); // what each vantage showed last

    /// @param vantages where to look; they stay the caller's
    /// @param numbers gives those their numbers that are there
    public Discovery(Vantages vantages, Vantages.Numbers numbers) {
        this.vantages = vantages;
        this.numbers = numbers;
    }

    /// The world as it is now. What goes away in mid-scan is left out; leftovers in `/run/netns` are told as
    /// problems. A vantage other than the host's that does not answer, which whoever is root in it can bring about,
    /// is told as it was last seen.
    ///
    /// @throws NetException when the kernel does not answer: half a world would look as if the rest were gone
    public World observe() {
        List<String> problems = new ArrayList<>();
        Map<NetworkNamespace, World.Namespace> known = new LinkedHashMap<>();
        Map<Integer, World.Namespace> byNsid = new HashMap<>();
        List<NamedNamespace> named = NetworkNamespace.named();
        try {
            for (NamedNamespace each : named) {
                switch (each) {
                    case NamedNamespace.Stale stale -> problems.add(stale.reason());
                    case NamedNamespace.Live live -> read(live, known, byNsid, problems);
                }
            }
            Map<String, String> unseen = new HashMap<>(vantages.follow(numbers));
            Set<Integer> there = new HashSet<>();
            vantages.forEach((number, name, netlink) -> {
                there.add(number);
                if (number == DeviceKey.HOST) {
                    scans.put(number, Scan.of(number, name, netlink, nsids -> byNsid));
                } else {
                    scan(number, name, netlink, known, unseen);
                }
            });
            scans.keySet().retainAll(there);
            return world(unseen, known.values(), problems);
        } finally {
            for (NamedNamespace each : named) {
                if (each instanceof NamedNamespace.Live live) {
                    live.namespace().close();
                }
            }
        }
    }

    /// The namespaces that a vantage knows by these numbers; asks of no more than it takes to find them.
    private static Map<Integer, World.Namespace> behind(
            Set<Integer> nsids, RouteNetlink netlink, Map<NetworkNamespace, World.Namespace> known) {
        Set<Integer> wanted = new HashSet<>(nsids);
        Map<Integer, World.Namespace> found = new HashMap<>();
        for (Map.Entry<NetworkNamespace, World.Namespace> each : known.entrySet()) {
            if (wanted.isEmpty()) {
                break;
            }
            int nsid = netlink.knownNsidOf(each.getKey());
            if (wanted.remove(nsid)) {
                found.put(nsid, each.getValue());
            }
        }
        return found;
    }

    private void scan(
            int number,
            String name,
            RouteNetlink netlink,
            Map<NetworkNamespace, World.Namespace> known,
            Map<String, String> unseen) {
        try {
            scans.put(number, Scan.of(number, name, netlink, nsids -> behind(nsids, netlink, known)));
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

    private void read(
            NamedNamespace.Live named,
            Map<NetworkNamespace, World.Namespace> known,
            Map<Integer, World.Namespace> byNsid,
            List<String> problems) {
        String name = named.name();
        if (name.startsWith(Target.DEVICE_PREFIX)) {
            problems.add("namespace %s is not enforced: a device without a namespace is called so; rename it"
                    .formatted(name));
            return;
        }
        NetworkNamespace namespace = named.namespace();
        int nsid = vantages.host().nsidOf(namespace); // in the host's, which hears of changes in those that have one
        World.Namespace first = byNsid.get(nsid);
        if (first != null) {
            problems.add("namespaces %s and %s are one under two names; it is called %s"
                    .formatted(first.name(), name, first.name()));
            return;
        }
        List<IpAddress> addresses = Scan.reachable(addresses(name, nsid, problems));
        if (addresses.size() > MAX_ADDRESSES) {
            problems.add("namespace %s holds more than %d addresses; only so many are known to policies"
                    .formatted(name, MAX_ADDRESSES));
            addresses = addresses.subList(0, MAX_ADDRESSES);
        }
        World.Namespace read = new World.Namespace(name, namespace.inode(), addresses);
        byNsid.put(nsid, read);
        known.put(namespace, read);
    }

    /// A tenant can give itself more addresses than a dump is allowed to have; then policies know none of them.
    private List<InterfaceAddress> addresses(String name, int nsid, List<String> problems) {
        try {
            return vantages.host().addresses(nsid);
        } catch (NetException e) {
            problems.add("the addresses of namespace %s are not known to policies: %s".formatted(name, e.getMessage()));
            return List.of();
        }
    }
}
