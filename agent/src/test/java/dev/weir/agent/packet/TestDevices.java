// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import dev.weir.agent.lab.Shell;

/// Devices beside loopback, in the network that the tests have for themselves.
final class TestDevices implements AutoCloseable {
    private static final String FIRST = "judge0";
    private static final String SECOND = "judge1";

    private boolean made;

    /// Makes two, which stay until this is closed.
    ///
    /// @return their ifindexes
    int[] two() {
        Shell.run("ip link add " + FIRST + " type veth peer name " + SECOND);
        made = true;
        return new int[] {ifindex(FIRST), ifindex(SECOND)};
    }

    @Override
    public void close() {
        if (made) {
            Shell.run("ip link del " + FIRST);
        }
    }

    private static int ifindex(String device) {
        return Integer.parseInt(Shell.run("ip -o link show " + device).split(":", 2)[0]);
    }
}
