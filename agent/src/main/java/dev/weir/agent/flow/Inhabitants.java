// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.agent.netns.Containers;
import dev.weir.agent.netns.Processes;
import dev.weir.agent.view.NamespaceView;
import dev.weir.net.NetworkNamespace;
import dev.weir.policy.Target;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Who lives in namespaces, as of one moment.
final class Inhabitants {
    private final Processes processes;

    private Inhabitants(Processes processes) {
        this.processes = processes;
    }

    static Inhabitants look() {
        return new Inhabitants(Processes.scan());
    }

    /// As what a namespace is known. One that has lost its name is known by its processes.
    NamespaceView.Kind kind(String name, long inode) {
        if (name.startsWith(Target.DEVICE_PREFIX)) {
            return NamespaceView.Kind.DEVICE;
        }
        if (NetworkNamespace.isNamed(name)) {
            return NamespaceView.Kind.NAMED;
        }
        return processes
                        .in(inode)
                        .filter(group -> Containers.hasProcess(group.first()))
                        .isPresent()
                ? NamespaceView.Kind.CONTAINER
                : NamespaceView.Kind.ANONYMOUS;
    }

    /// How many processes are in it.
    int count(long inode) {
        return processes.in(inode).map(Processes.Group::count).orElse(0);
    }

    /// The user that the first of them runs as; null where there is none.
    @Nullable
    Integer owner(long inode) {
        OptionalInt owner =
                processes.in(inode).map(group -> Processes.owner(group.first())).orElse(OptionalInt.empty());
        return owner.isPresent() ? owner.getAsInt() : null;
    }
}
