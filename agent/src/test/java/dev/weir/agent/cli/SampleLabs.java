// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import java.util.ArrayList;
import java.util.List;

/// Labs of one namespace each, as far as commands can see.
final class SampleLabs implements Wiring.Labs {
    private final List<Topology> up = new ArrayList<>();

    @Override
    public List<String> commands(Topology topology) {
        return List.of("ip netns add " + topology);
    }

    @Override
    public void up(Topology topology) {
        up.add(topology);
    }

    @Override
    public Wiring.Removal down(Topology topology) {
        return up.remove(topology)
                ? new Wiring.Removal(
                        List.of("namespace " + topology), List.of("namespace blue"), List.of("processes go on: 42"))
                : new Wiring.Removal(List.of(), List.of("namespace blue"), List.of());
    }

    @Override
    public boolean forwards() {
        return true;
    }
}
