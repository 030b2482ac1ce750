// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import dev.weir.agent.cli.Topology;
import java.util.Locale;

/// How each topology of `weir lab` is made. Nothing needs a network outside: `world` stands for it.
final class Topologies {
    /// An address of the world, and the host's on the way to it.
    private static final String WORLD = "198.51.100.1/24";

    private static final String TO_WORLD = "198.51.100.254/24";

    private Topologies() {}

    static Steps of(Topology topology) {
        Steps steps = new Steps(mark(topology));
        return switch (topology) {
            case PAIR -> pair(steps);
            case BRIDGE -> bridge(steps);
        };
    }

    /// What all that belongs to a topology carries.
    static String mark(Topology topology) {
        return "weir-lab-" + topology.name().toLowerCase(Locale.ROOT);
    }

    private static Steps pair(Steps steps) {
        return steps.routed("blue", "10.10.0.2/24", "10.10.0.1/24")
                .routed("world", WORLD, TO_WORLD)
                .forwarding()
                .masquerade("10.10.0.0/24", "veth-blue");
    }

    private static Steps bridge(Steps steps) {
        return steps.bridge("br0", "10.0.0.1/24")
                .onBridge("br0", "red", "10.0.0.2/24", "10.0.0.1")
                .onBridge("br0", "blue", "10.0.0.3/24", "10.0.0.1")
                .routed("world", WORLD, TO_WORLD)
                .forwarding()
                .masquerade("10.0.0.0/24", "br0");
    }
}
