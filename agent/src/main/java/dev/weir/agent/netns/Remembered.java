// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.netns;

import dev.weir.net.NamespaceMount;
import dev.weir.net.NetlinkMonitor;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// What was seen in named namespaces, for as long as their mounts are there and nothing is heard of a change in
/// them: on a host with a thousand, most of what a look would ask for is known. For one thread.
final class Remembered {
    private final Supplier<NetlinkMonitor.Changes> heard;
    private final Map<String, Named> byName = new HashMap<>();

    /// One of them.
    ///
    /// @param nsid by which the host's namespace knows it, as long as both live
    record Named(NamespaceMount mount, long inode, int nsid, Inside inside) {}

    /// @param heard where something has changed since it was asked last, which is heard of all that have an id in the
    /// host's namespace
    Remembered(Supplier<NetlinkMonitor.Changes> heard) {
        this.heard = heard;
    }

    /// Forgets where something has changed. What changes from now on is heard later, and then looked at again.
    void begin() {
        NetlinkMonitor.Changes changes = heard.get();
        if (changes.everywhere()) {
            byName.clear();
        } else {
            byName.values().removeIf(each -> changes.nsids().contains(each.nsid()));
        }
    }

    /// What is behind this mount, if it is known still.
    Optional<Named> behind(NamespaceMount mount) {
        return Optional.ofNullable(byName.get(mount.name()))
                .filter(named -> named.mount().equals(mount));
    }

    void add(Named named) {
        byName.put(named.mount().name(), named);
    }

    /// Forgets all but what has these names.
    void retain(Collection<String> names) {
        byName.keySet().retainAll(names);
    }
}
