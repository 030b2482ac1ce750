// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.IpAddress;
import dev.weir.agent.Log;
import dev.weir.agent.config.NamespaceRecord;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.World;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Adds to what weir.yaml declares what `weir netns add` has recorded, of each namespace for as long as it
/// lives. For one thread.
final class Declarations {
    private final Map<String, NamespaceRecord> known = new HashMap<>();
    private final Set<String> unreadable = new HashSet<>(); // told already

    /// The configuration in which both are declared, where addresses are declared at all. A record of another
    /// namespace that had the name before counts for nothing.
    WeirConfig addedTo(WeirConfig config, World world) {
        if (config.namespaces().addresses() != WeirConfig.Addresses.DECLARED) {
            return config;
        }
        Map<String, NamespaceRecord> before = Map.copyOf(known);
        known.clear();
        Map<String, List<IpAddress>> declared =
                new HashMap<>(config.namespaces().declared());
        for (World.Namespace namespace : world.namespaces()) {
            Optional.ofNullable(before.get(namespace.name()))
                    .filter(record -> record.inode() == namespace.inode())
                    .or(() -> read(namespace))
                    .ifPresent(record -> {
                        known.put(namespace.name(), record);
                        declared.merge(namespace.name(), record.addresses(), Declarations::both);
                    });
        }
        return config.withDeclared(declared);
    }

    private Optional<NamespaceRecord> read(World.Namespace namespace) {
        try {
            Optional<NamespaceRecord> record = NamespaceRecord.read(namespace.name());
            unreadable.remove(namespace.name());
            return record.filter(found -> found.inode() == namespace.inode());
        } catch (IOException e) {
            if (unreadable.add(namespace.name())) {
                Log.warn("what `weir netns add` has declared of namespace %s is not granted: %s"
                        .formatted(namespace.name(), e.getMessage()));
            }
            return Optional.empty();
        }
    }

    private static List<IpAddress> both(List<IpAddress> one, List<IpAddress> other) {
        List<IpAddress> all = new ArrayList<>(one);
        all.addAll(other);
        return all;
    }
}
