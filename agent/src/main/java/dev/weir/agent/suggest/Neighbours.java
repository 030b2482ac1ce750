// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.suggest;

import dev.weir.abi.IpAddress;
import dev.weir.agent.view.NamespaceView;
import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import dev.weir.policy.Peer;
import dev.weir.yaml.Words;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// What a rule calls the outside of a flow: the namespace that alone holds the address in the flow's vantage, the host,
/// or the address itself, which is right whoever holds it.
public final class Neighbours {
    private record Place(String vantage, IpAddress address) {}

    private final Map<Place, Set<String>> names = new HashMap<>();
    private final Map<String, Set<IpAddress>> hosts;

    /// @param hosts addresses of each vantage itself, by its name as [#vantage] gives it
    public Neighbours(Collection<NamespaceView> namespaces, Map<String, Set<IpAddress>> hosts) {
        this.hosts = Map.copyOf(hosts);
        for (NamespaceView namespace : namespaces) {
            for (String device : namespace.devices()) {
                namespace
                        .addresses()
                        .forEach(address -> names.computeIfAbsent(
                                        new Place(vantage(device), address), _ -> new HashSet<>())
                                .add(namespace.name()));
            }
        }
    }

    /// The vantage that a device is in, which stands in front of its name; empty: the host's own.
    public static String vantage(String device) {
        return device.substring(0, Math.max(0, device.indexOf('/')));
    }

    /// What a rule for flows through `device` calls the address.
    Peer peer(String device, IpAddress address) {
        if (hosts.getOrDefault(vantage(device), Set.of()).contains(address)) {
            return new Peer.Host();
        }
        Set<String> holders = names.getOrDefault(new Place(vantage(device), address), Set.of());
        return holders.size() == 1 && isNameable(holders.iterator().next())
                ? new Peer.NamespaceSelector(new Glob(holders.iterator().next()))
                : Cidr.of(address);
    }

    /// Whether a peer can mean the namespace of this name and no other; a file's name may hold `*`, and line ends.
    private static boolean isNameable(String name) {
        return new Glob(name).isName() && name.codePoints().allMatch(Words::isVisible);
    }
}
