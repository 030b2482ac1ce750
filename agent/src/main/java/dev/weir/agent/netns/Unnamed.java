// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.DeviceKey;
import dev.weir.net.MacAddress;
import dev.weir.net.NetDevice;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.RouteNetlink;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Namespaces that devices lead to and no name under `/run/netns` stands for, found by the processes in them, and
/// what they are called: by the container that the first process belongs to, else `pid:PID` by the smallest PID. A
/// name stays for as long as the namespace is led to, whichever of its processes end. All processes of the host are
/// looked at only when a device leads to somewhere unknown.
final class Unnamed {
    /// How the name of a namespace begins that has none but by a process.
    static final String PID_PREFIX = "pid:";

    private final Vantages vantages;
    private final Discovery.Memory memory;
    private final Containers containers;
    private final Map<Long, Member> members = new HashMap<>(); // by cookie, which no two namespaces ever have
    private final Map<String, String> containerNames = new HashMap<>(); // by the name that an engine made
    private final Waits waits = new Waits();

    Unnamed(Vantages vantages, Discovery.Memory memory, Containers containers) {
        this.vantages = vantages;
        this.memory = memory;
        this.containers = containers;
    }

    /// One that was found.
    ///
    /// @param nsid by which the host's namespace knows it
    /// @param pid of a process in it
    /// @param problem why it is not called as its container is; empty where it is, or belongs to none
    private record Member(long inode, int nsid, long pid, String name, String problem) {}

    /// Somewhere unknown.
    ///
    /// @param devices of one vantage, that all lead there
    private record Sought(int nsid, List<DeviceKey> devices, String device) {
        /// With the device in it, because an id is given to the next namespace as soon as it is free.
        String key() {
            return "%s leads to %d".formatted(devices.getFirst(), nsid);
        }
    }

    /// How long until it is worth another look, though no event tells so; empty where nobody is looked for.
    OptionalLong lookAgainNanos() {
        return waits.next(System.nanoTime());
    }

    /// One look at the world.
    final class Look {
        private final Known known;
        private final List<String> problems;
        private final Set<String> sought = new HashSet<>();
        private final long now = System.nanoTime();
        private @Nullable Processes processes;

        /// @param known what has been found until now; this adds to it
        /// @param problems told what cannot be found, or not be called as it should
        Look(Known known, List<String> problems) {
            this.known = known;
            this.problems = problems;
        }

        /// What a namespace is called that has this name under `/run/netns`: where an engine has made that name, as
        /// the container that lives in it.
        String called(String name, long inode) {
            if (!Containers.isMade(name)) {
                return name;
            }
            sought.add(name);
            if (!containerNames.containsKey(name) && waits.isDue(name, now)) {
                processes()
                        .in(inode)
                        .flatMap(group -> containers.nameOf(group.first()))
                        .ifPresentOrElse(
                                container -> containerNames.put(name, container), () -> waits.missed(name, now));
            }
            String container = containerNames.getOrDefault(name, name);
            if (known.hasName(container)) {
                problems.add(taken(container, name));
                return name;
            }
            return container;
        }

        /// Adds those that were found before, of which a process that is known still is there.
        void recall() {
            members.values().removeIf(member -> known.hasInode(member.inode()) || known.hasName(member.name()));
            for (Member member : members.values()) {
                Optional<NetworkNamespace> namespace = open(member.pid(), member.inode());
                // A PID and an inode are used again, but hardly both while the host knows it by the same id.
                if (namespace.isPresent() && vantages.host().knownNsidOf(namespace.get()) == member.nsid()) {
                    known.add(member.name(), namespace.get(), member.nsid(), false);
                    tell(member);
                }
            }
        }

        private void tell(Member member) {
            if (!member.problem().isEmpty()) {
                problems.add(member.problem());
            }
        }

        /// The namespaces that devices of a vantage lead to, by the ids that it knows them by.
        ///
        /// @param veths of which the other end is in another namespace
        Map<Integer, World.Namespace> behind(int vantage, List<NetDevice> veths, RouteNetlink netlink) {
            Map<Integer, List<NetDevice>> byNsid = veths.stream()
                    .collect(Collectors.groupingBy(NetDevice::peerNsid, TreeMap::new, Collectors.toList()));
            Map<Integer, World.Namespace> found = known.behind(vantage, byNsid.keySet(), netlink);
            byNsid.keySet().removeAll(found.keySet());
            if (vantage != DeviceKey.HOST && !byNsid.isEmpty()) {
                byNsid.remove(netlink.knownNsidOf(vantages.own())); // the host is no tenant
            }
            Map<Integer, Sought> missing = new TreeMap<>();
            byNsid.forEach((nsid, devices) -> missing.put(nsid, sought(vantage, nsid, devices)));
            missing.values().forEach(each -> sought.add(each.key()));
            List<Sought> due = missing.values().stream()
                    .filter(each -> waits.isDue(each.key(), now))
                    .toList();
            if (!due.isEmpty()) {
                search(missing, netlink, found);
                due.stream()
                        .filter(each -> missing.containsKey(each.nsid()))
                        .forEach(each -> waits.missed(each.key(), now));
            }
            missing.values().stream()
                    .filter(each -> waits.isOver(each.key()))
                    .forEach(each -> problems.add(
                            "nobody is found where device %s leads to: a network namespace without a name under /run/netns and without a process; give it a name with `ip netns attach`"
                                    .formatted(each.device())));
            return found;
        }

        /// The address of the other end of a veth that leads to one of these.
        Optional<MacAddress> end(int vantage, NetDevice veth, RouteNetlink netlink) {
            return known.end(vantage, veth, netlink);
        }

        /// Moves from `missing` to `found` what a process is in.
        private void search(Map<Integer, Sought> missing, RouteNetlink netlink, Map<Integer, World.Namespace> found) {
            for (Processes.Group group : processes().groups()) {
                if (missing.isEmpty()) {
                    return;
                }
                if (known.hasInode(group.inode())
                        || group.inode() == vantages.own().inode()) {
                    continue;
                }
                Optional<NetworkNamespace> namespace = open(group.first(), group.inode());
                if (namespace.isPresent()) {
                    int nsid = netlink.knownNsidOf(namespace.get());
                    Sought here = missing.remove(nsid);
                    if (here != null) {
                        found.put(nsid, add(group, namespace.get(), here.devices()));
                    }
                }
            }
            if (!missing.isEmpty() && !processes().isWhole()) {
                problems.add("there are more processes than are looked at, so not every namespace is found");
            }
        }

        private World.Namespace add(Processes.Group group, NetworkNamespace namespace, List<DeviceKey> devices) {
            long cookie;
            try (RouteNetlink inside = namespace.call(RouteNetlink::open)) {
                cookie = inside.cookie();
            }
            int nsid = vantages.host().nsidOf(namespace);
            Member before = members.get(cookie);
            Member member = before == null
                    ? named(group, nsid, devices)
                    : new Member(group.inode(), nsid, group.first(), before.name(), before.problem());
            members.put(cookie, member);
            tell(member);
            known.add(member.name(), namespace, nsid, false);
            return known.byHostId(nsid).orElseThrow();
        }

        private Member named(Processes.Group group, int nsid, List<DeviceKey> devices) {
            String byPid = byPid(group);
            Optional<String> before = devices.stream()
                    .flatMap(device -> memory.nameOf(device, group.inode()).stream())
                    .findFirst();
            String name = before.or(() -> containers.nameOf(group.first())).orElse(byPid);
            return known.hasName(name)
                    ? new Member(group.inode(), nsid, group.first(), byPid, taken(name, byPid))
                    : new Member(group.inode(), nsid, group.first(), name, "");
        }

        /// A PID may be used again while the namespace lives that was called by it.
        private String byPid(Processes.Group group) {
            String name = PID_PREFIX + group.first();
            return known.hasName(name) ? name + "." + group.inode() : name;
        }

        private Optional<NetworkNamespace> open(long pid, long inode) {
            try {
                NetworkNamespace namespace = NetworkNamespace.ofProcess(pid);
                known.own(namespace);
                return namespace.inode() == inode ? Optional.of(namespace) : Optional.empty();
            } catch (NetException e) {
                return Optional.empty(); // the process has ended, or it is not permitted
            }
        }

        private Processes processes() {
            Processes seen = processes;
            if (seen == null) {
                seen = Processes.scan();
                processes = seen;
            }
            return seen;
        }

        /// Forgets what no device leads to any more.
        ///
        /// @param names of the namespaces that devices lead to
        void end(Set<String> names) {
            members.values().removeIf(member -> !names.contains(member.name()));
            containerNames.keySet().retainAll(sought);
            waits.retain(sought);
        }
    }

    private static Sought sought(int vantage, int nsid, List<NetDevice> devices) {
        return new Sought(
                nsid,
                devices.stream()
                        .map(device -> new DeviceKey(device.ifindex(), vantage))
                        .toList(),
                devices.getFirst().name());
    }

    private static String taken(String name, String instead) {
        return "the name %s is taken by another namespace; this one is called %s".formatted(name, instead);
    }
}
