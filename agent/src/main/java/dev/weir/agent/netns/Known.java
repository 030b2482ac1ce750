// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.DeviceKey;
import dev.weir.net.MacAddress;
import dev.weir.net.NamespaceMount;
import dev.weir.net.NetDevice;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.RouteNetlink;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The namespaces that one look at the world knows. An id by which the host's namespace knows one is given to another
/// once it is gone, so each is held open until the look is over, or it is made sure that its mount is there still.
final class Known implements AutoCloseable {
    private final RouteNetlink host;
    private final List<String> problems;
    private final List<NetworkNamespace> open = new ArrayList<>();
    private final List<Found> all = new ArrayList<>();
    private final Map<Integer, Found> byNsid = new HashMap<>(); // ids of the host's namespace
    private final Set<String> names = new HashSet<>();
    private final Set<Long> inodes = new HashSet<>();

    private record Found(World.Namespace namespace, Inside inside, Hold hold) {}

    /// By what a namespace is kept apart from one that comes after it.
    private sealed interface Hold {}

    private record Descriptor(NetworkNamespace namespace) implements Hold {}

    private record Mount(NamespaceMount mount) implements Hold {}

    /// @param host asked about addresses
    /// @param problems told what cannot be read
    Known(RouteNetlink host, List<String> problems) {
        this.host = host;
        this.problems = problems;
    }

    /// Closes the namespace in the end, whether it becomes known or not.
    void own(NetworkNamespace namespace) {
        open.add(namespace);
    }

    /// The one that is known as the host's namespace knows it by this id.
    Optional<World.Namespace> byHostId(int nsid) {
        return Optional.ofNullable(byNsid.get(nsid)).map(Found::namespace);
    }

    /// Reads the addresses of a namespace, which has not been known before.
    ///
    /// @param nsid by which the host's namespace knows it, and so hears of changes in it
    /// @return what was seen; empty where its addresses could not be read, so that policies know none of them:
    /// a tenant can give itself more than a dump is allowed to have
    Optional<Inside> add(String name, NetworkNamespace namespace, int nsid, boolean named) {
        Optional<Inside> inside = read(name, nsid);
        add(name, namespace.inode(), nsid, named, inside.orElse(new Inside(List.of())), new Descriptor(namespace));
        return inside;
    }

    private Optional<Inside> read(String name, int nsid) {
        try {
            return Optional.of(new Inside(Scan.reachable(host.addresses(nsid))));
        } catch (NetException e) {
            problems.add("the addresses of namespace %s are not known to policies: %s".formatted(name, e.getMessage()));
            return Optional.empty();
        }
    }

    /// Adds one that was read before and has not changed since.
    void add(String name, Remembered.Named before) {
        add(name, before.inode(), before.nsid(), true, before.inside(), new Mount(before.mount()));
    }

    private void add(String name, long inode, int nsid, boolean named, Inside inside, Hold hold) {
        if (!inside.isWhole()) {
            problems.add("namespace %s holds more than %d addresses; only so many are known to policies"
                    .formatted(name, Inside.MAX_ADDRESSES));
        }
        Found found = new Found(new World.Namespace(name, inode, inside.addresses(), named), inside, hold);
        all.add(found);
        byNsid.put(nsid, found);
        names.add(name);
        inodes.add(inode);
    }

    boolean hasName(String name) {
        return names.contains(name);
    }

    boolean hasInode(long inode) {
        return inodes.contains(inode);
    }

    Collection<World.Namespace> namespaces() {
        return all.stream().map(Found::namespace).toList();
    }

    /// Those that a vantage knows by these ids, which it told after all were added; asks of no more than it takes to
    /// find them.
    Map<Integer, World.Namespace> behind(int vantage, Set<Integer> nsids, RouteNetlink netlink) {
        Map<Integer, World.Namespace> found = new HashMap<>();
        if (vantage == DeviceKey.HOST) {
            for (int nsid : nsids) {
                Found here = byNsid.get(nsid);
                if (here != null && isThere(here.hold())) {
                    found.put(nsid, here.namespace());
                }
            }
            return found;
        }
        Set<Integer> wanted = new HashSet<>(nsids);
        for (Found each : all) {
            if (wanted.isEmpty()) {
                break;
            }
            open(each.hold()).ifPresent(namespace -> {
                int nsid = netlink.knownNsidOf(namespace);
                if (wanted.remove(nsid)) {
                    found.put(nsid, each.namespace());
                }
            });
        }
        return found;
    }

    private static boolean isThere(Hold hold) {
        return switch (hold) {
            case Descriptor _ -> true;
            case Mount mount -> mount.mount().isThere();
        };
    }

    private Optional<NetworkNamespace> open(Hold hold) {
        return switch (hold) {
            case Descriptor descriptor -> Optional.of(descriptor.namespace());
            case Mount mount -> {
                Optional<NetworkNamespace> opened = mount.mount().open();
                opened.ifPresent(this::own);
                yield opened;
            }
        };
    }

    /// The address of the other end of a veth, which is in a namespace that is known.
    Optional<MacAddress> end(int vantage, NetDevice veth, RouteNetlink netlink) {
        Found there = vantage == DeviceKey.HOST ? byNsid.get(veth.peerNsid()) : null;
        return there == null ? Inside.endOf(veth, netlink) : there.inside().end(veth, netlink);
    }

    @Override
    public void close() {
        open.forEach(NetworkNamespace::close);
    }
}
