// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import java.util.Locale;

/// The topologies of `weir lab`.
public enum Topology {
    PAIR("blue on a veth to the host, which masquerades it, and the world beyond"),
    BRIDGE("red and blue on a bridge behind the host's masquerade, and the world beyond"),
    ROUTER("client and server, and between them router, in which both host-side devices are"),
    VPN("tunnelled, which goes out by a WireGuard tunnel, and the world at its far end"),
    TENANTS("two namespaces each of the tenants a and b, with the same addresses, dns for both, and the world beyond");

    private final String summary;

    Topology(String summary) {
        this.summary = summary;
    }

    /// Who is there.
    public String summary() {
        return summary;
    }

    /// Its name on the command line.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return word();
    }
}
