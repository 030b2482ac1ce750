// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.abi.Direction;
import dev.weir.policy.Peer;
import dev.weir.policy.Service;
import java.util.BitSet;
import java.util.List;

/// What a [DiffLine] will say of some endpoints, with holders as classes of [Holders].
record Flip(Direction direction, Cover<Service> services, List<Where> peers, Answer was, Answer now) {
    /// Addresses, and the classes of holders for which the verdict changes there.
    record Where(Cover<Peer> addresses, BitSet holders) {}

    DiffLine line(List<String> endpoints, Holders holders) {
        List<DiffLine.Peers> outside = peers.stream()
                .map(where -> new DiffLine.Peers(where.addresses(), holders.describe(where.holders())))
                .toList();
        return new DiffLine(endpoints, direction, services, outside, was, now);
    }
}
