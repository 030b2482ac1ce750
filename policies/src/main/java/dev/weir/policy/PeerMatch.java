// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.IpAddress;
import java.util.Comparator;
import java.util.Optional;

/// The peer by which a rule names the outside of some traffic.
///
/// @param prefix of a set, the longest that holds the address; empty where the peer says by itself what it holds
public record PeerMatch(Peer peer, Optional<Cidr> prefix) {
    /// The first peer of the rule that matches; empty if none does.
    public static Optional<PeerMatch> find(Rule rule, Traffic traffic) {
        return rule.peers().stream()
                .filter(peer -> PolicyEvaluator.matches(peer, traffic))
                .findFirst()
                .map(peer -> new PeerMatch(peer, prefix(peer, traffic.outside())));
    }

    private static Optional<Cidr> prefix(Peer peer, IpAddress address) {
        return peer instanceof Peer.InSet(AddressSet set)
                ? set.prefixes().stream()
                        .filter(prefix -> prefix.contains(address))
                        .max(Comparator.comparingInt(Cidr::length))
                : Optional.empty();
    }

    /// `10.0.0.0/8`, or `set:office (192.0.2.0/24)`.
    @Override
    public String toString() {
        return peer + prefix.map(cidr -> " (" + cidr + ")").orElse("");
    }
}
