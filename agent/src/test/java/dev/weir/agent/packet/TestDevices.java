// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import dev.weir.agent.lab.Shell;
import java.util.List;

/// Devices beside loopback, in the network that the tests have for themselves.
final class TestDevices {
    private static final String FIRST = "judge0";
    private static final String SECOND = "judge1";

    private TestDevices() {}

    /// Makes two, new ones each time.
    ///
    /// @return their ifindexes
    static int[] two() {
        Shell.attempt(List.of("ip", "link", "del", FIRST));
        Shell.run("ip link add " + FIRST + " type veth peer name " + SECOND);
        return new int[] {ifindex(FIRST), ifindex(SECOND)};
    }

    private static int ifindex(String device) {
        return Integer.parseInt(Shell.run("ip -o link show " + device).split(":", 2)[0]);
    }
}
