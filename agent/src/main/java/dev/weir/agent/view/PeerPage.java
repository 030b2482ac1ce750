// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The answer of `/api/v1/peers`.
///
/// @param countedAt when what flows had counted was last added; null before the first time. An agent
/// does so every five seconds, so who reckons rates divides by the time between two of these
/// @param matched how many rows there are, of which `peers` has the largest
public record PeerPage(@Nullable Instant countedAt, long matched, List<PeerView> peers) {
    /// Nobody has talked to anybody.
    public static final PeerPage EMPTY = new PeerPage(null, 0, List.of());

    public PeerPage {
        peers = List.copyOf(peers);
    }

    /// Picks what a query asks for.
    public static PeerPage of(PeerQuery query, @Nullable Instant countedAt, List<PeerView> all) {
        return new PeerPage(countedAt, all.stream().filter(query::matches).count(), query.select(all));
    }
}
