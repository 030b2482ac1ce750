// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.abi.Direction;
import dev.weir.policy.Peer;
import dev.weir.policy.Service;
import java.util.List;
import java.util.stream.Collectors;

/// Traffic that changes its verdict in one way. Everything that it names does, and two lines name nothing in common.
///
/// @param endpoints phrases that together say whose traffic it is
/// @param peers the outside of it: any one of them
public record DiffLine(
        List<String> endpoints,
        Direction direction,
        Cover<Service> services,
        List<Peers> peers,
        Answer was,
        Answer now) {
    /// Some of the outside.
    ///
    /// @param holders phrases that together say who holds the addresses; empty if that does not matter
    public record Peers(Cover<Peer> addresses, List<String> holders) {
        /// `10.0.0.0/8`, `namespace:red`, or `10.0.0.0/8 held by namespace:red`.
        @Override
        public String toString() {
            if (holders.isEmpty()) {
                return addresses.toString();
            }
            boolean anywhere = addresses.equals(new Cover<>(List.<Peer>of(new Peer.Any()), List.of()));
            return anywhere ? Cover.list(holders) : addresses + " held by " + Cover.list(holders);
        }
    }

    /// `blue ingress: tcp/80 from 10.0.0.0/8: deny -> allow (was old/ingress/default, now new/ingress/web)`.
    @Override
    public String toString() {
        String outside = peers.stream().map(Peers::toString).collect(Collectors.joining("; "));
        return Cover.list(endpoints) + " " + direction + ": " + services
                + (direction == Direction.INGRESS ? " from " : " to ") + outside + ": " + was.verdict() + " -> "
                + now.verdict() + " (was " + was.by() + ", now " + now.by() + ")";
    }
}
