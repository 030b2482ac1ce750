// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.DeviceKey;
import dev.weir.abi.Endpoint;
import dev.weir.agent.netns.World;
import dev.weir.policy.Target;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What makes an endpoint the same one: a device that leads to a namespace. If either changes, it is another
/// endpoint, with counters and flows of its own; a device that is only renamed stays. One that leads to no
/// namespace has its own name, as `device:NAME`, in place of a namespace's: policies select it by that, so
/// renamed it is another.
record EndpointId(DeviceKey device, String namespace, long inode) {
    /// Whether the device leads to no namespace.
    boolean isDevice() {
        return namespace.startsWith(Target.DEVICE_PREFIX);
    }

    /// By hand, as [DeviceKey#equals].
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof EndpointId id
                && id.inode == inode
                && id.device.equals(device)
                && id.namespace.equals(namespace);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * device.hashCode() + namespace.hashCode()) + Long.hashCode(inode);
    }

    /// What the log calls it.
    ///
    /// @param device its name; outside the host's vantage that of its own is in front
    String called(String device) {
        return isDevice() ? namespace : "device %s of namespace %s".formatted(device, namespace);
    }

    /// What the namespace is called that a device is enforced for; empty where it is for none, or for another one.
    ///
    /// @param inode of the namespace
    static Optional<String> namespace(Set<EndpointId> all, DeviceKey device, long inode) {
        return all.stream()
                .filter(id -> id.device.equals(device) && id.inode == inode && !id.isDevice())
                .map(EndpointId::namespace)
                .findAny();
    }

    static EndpointId of(World.Device device) {
        return new EndpointId(device.key(), device.namespace(), device.inode());
    }

    static EndpointId of(Endpoint endpoint) {
        return new EndpointId(endpoint.key(), endpoint.namespaceName(), endpoint.namespaceInode());
    }
}
