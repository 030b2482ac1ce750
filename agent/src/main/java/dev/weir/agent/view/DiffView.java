// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import java.util.List;

/// Which traffic changes its verdict between two sets of policies.
/// @param changes no two of which share any traffic
/// @param omitted how many more changes there are
public record DiffView(List<Change> changes, int omitted) {
    public DiffView {
        changes = List.copyOf(changes);
    }

    /// Traffic that changes its verdict in one way.
    /// @param summary all of this on one line; long lists are cut
    /// @param endpoints phrases that together say whose traffic it is
    /// @param peers the outside of it: any one of them
    public record Change(
            String summary,
            List<String> endpoints,
            Direction direction,
            Cover services,
            List<Peers> peers,
            Answer was,
            Answer now) {
        public Change {
            endpoints = List.copyOf(endpoints);
            peers = List.copyOf(peers);
        }
    }

    /// What any of `in` holds and none of `but`, in the words of policies.
    public record Cover(List<String> in, List<String> but) {
        public Cover {
            in = List.copyOf(in);
            but = List.copyOf(but);
        }
    }

    /// Some of the outside.
    /// @param holders phrases that together say who holds the addresses; empty: that does not matter
    public record Peers(Cover addresses, List<String> holders) {
        public Peers {
            holders = List.copyOf(holders);
        }
    }

    /// What one side says.
    /// @param rules who says so: `blue-web/ingress/web`, or `unselected/ingress`
    /// @param others how many more rules do
    public record Answer(Verdict verdict, List<String> rules, int others) {
        public Answer {
            rules = List.copyOf(rules);
        }
    }
}
