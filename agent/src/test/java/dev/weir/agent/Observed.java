// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.abi.IpAddress;
import dev.weir.agent.netns.Discovery;
import dev.weir.agent.netns.Vantages;
import dev.weir.agent.netns.World;
import dev.weir.net.NetlinkMonitor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What an agent of the host's vantage would see now.
final class Observed {
    private Observed() {}

    static World world() {
        try (Vantages vantages = new Vantages(List.of(World.Vantage.HOST))) {
            return new Discovery(
                            vantages,
                            (name, cookie) -> OptionalInt.empty(),
                            (device, inode) -> Optional.empty(),
                            () -> NetlinkMonitor.Changes.EVERYWHERE)
                    .observe();
        }
    }

    /// The host's own addresses in such a world.
    static List<IpAddress> hostAddresses(World world) {
        return world.vantages().getFirst().addresses();
    }
}
