// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.IpAddress;
import dev.weir.net.InterfaceAddress;
import dev.weir.net.NetException;
import dev.weir.net.NetworkNamespace;
import dev.weir.net.RouteNetlink;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The namespaces that one look at the world knows, held open until it is over.
final class Known implements AutoCloseable {
    /// More addresses than this of one namespace are not looked at, so that a tenant cannot fill the table for all.
    private static final int MAX_ADDRESSES = 256;

    private final RouteNetlink host;
    private final List<String> problems;
    private final List<NetworkNamespace> open = new ArrayList<>();
    private final Map<NetworkNamespace, World.Namespace> namespaces = new LinkedHashMap<>();
    private final Map<Integer, World.Namespace> byNsid = new HashMap<>(); // ids of the host's namespace
    private final Set<String> names = new HashSet<>();
    private final Set<Long> inodes = new HashSet<>();

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
        return Optional.ofNullable(byNsid.get(nsid));
    }

    /// Reads the addresses of a namespace, which has not been known before.
    ///
    /// @param nsid by which the host's namespace knows it, and so hears of changes in it
    World.Namespace add(String name, NetworkNamespace namespace, int nsid, boolean named) {
        List<IpAddress> addresses = Scan.reachable(addresses(name, nsid));
        if (addresses.size() > MAX_ADDRESSES) {
            problems.add("namespace %s holds more than %d addresses; only so many are known to policies"
                    .formatted(name, MAX_ADDRESSES));
            addresses = addresses.subList(0, MAX_ADDRESSES);
        }
        World.Namespace read = new World.Namespace(name, namespace.inode(), addresses, named);
        namespaces.put(namespace, read);
        byNsid.put(nsid, read);
        names.add(name);
        inodes.add(namespace.inode());
        return read;
    }

    /// A tenant can give itself more addresses than a dump is allowed to have; then policies know none of them.
    private List<InterfaceAddress> addresses(String name, int nsid) {
        try {
            return host.addresses(nsid);
        } catch (NetException e) {
            problems.add("the addresses of namespace %s are not known to policies: %s".formatted(name, e.getMessage()));
            return List.of();
        }
    }

    boolean hasName(String name) {
        return names.contains(name);
    }

    boolean hasInode(long inode) {
        return inodes.contains(inode);
    }

    Collection<World.Namespace> namespaces() {
        return namespaces.values();
    }

    /// Those that a vantage knows by these ids; asks of no more than it takes to find them.
    Map<Integer, World.Namespace> behind(int vantage, Set<Integer> nsids, RouteNetlink netlink) {
        Map<Integer, World.Namespace> found = new HashMap<>();
        if (vantage == DeviceKey.HOST) {
            nsids.forEach(nsid -> byHostId(nsid).ifPresent(namespace -> found.put(nsid, namespace)));
            return found;
        }
        Set<Integer> wanted = new HashSet<>(nsids);
        for (Map.Entry<NetworkNamespace, World.Namespace> each : namespaces.entrySet()) {
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

    @Override
    public void close() {
        open.forEach(NetworkNamespace::close);
    }
}
