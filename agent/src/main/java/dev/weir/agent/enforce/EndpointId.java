// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.Endpoint;
import dev.weir.agent.netns.World;

/// What makes an endpoint the same one: a device that leads to a namespace. If either changes, it is another
/// endpoint, with counters and flows of its own; a device that is only renamed stays.
record EndpointId(int ifindex, String namespace, long inode) {
    static EndpointId of(World.Device device) {
        return new EndpointId(device.ifindex(), device.namespace(), device.inode());
    }

    static EndpointId of(Endpoint endpoint) {
        return new EndpointId(endpoint.ifindex(), endpoint.namespaceName(), endpoint.namespaceInode());
    }
}
