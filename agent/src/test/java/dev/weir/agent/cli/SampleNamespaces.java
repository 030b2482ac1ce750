// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import java.util.List;

/// Makes namespaces as far as commands can see: it asks the gate.
final class SampleNamespaces implements Wiring.Namespaces {
    @Override
    public void add(Wish wish, Gate gate) throws CommandFailure {
        gate.await();
    }

    @Override
    public Wiring.Removal del(String name) {
        return new Wiring.Removal(
                List.of("device veth-" + name, "namespace " + name), List.of("namespace x"), List.of("42 goes on"));
    }
}
