// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.lab;

import dev.weir.agent.cli.CommandFailure;
import java.util.function.UnaryOperator;

/// Namespaces, veths and a bridge in the network namespace of this process, made as they are asked for and removed by
/// [#close]. The topologies of `weir lab` are made by the same [Steps].
public final class Lab implements AutoCloseable {
    private static final String MARK = "weir-lab";

    private final Construction construction = new Construction();

    /// A bridge that the host holds an address on.
    public Lab bridge(String name, String address) {
        return run(steps -> steps.bridge(name, address));
    }

    /// A namespace behind a port of a bridge; the host's end is called `veth-NAME`, the inner one `eth0`.
    public Lab onBridge(String bridge, String namespace, String address, String gateway) {
        return run(steps -> steps.onBridge(bridge, namespace, address, gateway));
    }

    /// A namespace behind a veth of its own, on which the host is its gateway.
    public Lab routed(String namespace, String address, String hostAddress) {
        return run(steps -> steps.routed(namespace, address, hostAddress));
    }

    /// Lets the host route between the namespaces.
    public Lab forwarding() {
        return run(Steps::forwarding);
    }

    @Override
    public void close() {
        construction.undo();
    }

    private Lab run(UnaryOperator<Steps> wanted) {
        try {
            for (Step step : wanted.apply(new Steps(MARK)).all()) {
                construction.run(step);
            }
        } catch (CommandFailure e) {
            throw new IllegalStateException(e);
        }
        return this;
    }
}
