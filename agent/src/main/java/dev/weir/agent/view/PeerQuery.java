// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.policy.Glob;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Whose peers to show.
///
/// @param namespaces of which namespaces; empty: of every one
/// @param limit rows of an answer, 1..[#MAX_LIMIT]
public record PeerQuery(List<Glob> namespaces, int limit) {
    public static final int DEFAULT_LIMIT = 1_000;
    public static final int MAX_LIMIT = 10_000;

    /// Every pair, the largest first.
    public static final PeerQuery ALL = new PeerQuery(List.of(), DEFAULT_LIMIT);

    private static final Comparator<PeerView> LARGEST = Comparator.comparingLong(PeerView::bytes)
            .reversed()
            .thenComparing(PeerView::namespace)
            .thenComparing(PeerView::label);

    public PeerQuery {
        namespaces = List.copyOf(namespaces);
    }

    /// Reads the parameters of `/api/v1/peers`.
    /// @throws BadQuery names every parameter that is unknown, repeated or wrong
    public static PeerQuery parse(Map<String, List<String>> parameters) throws BadQuery {
        Parameters in = new Parameters(parameters, Set.of("namespace", "limit"));
        PeerQuery query = new PeerQuery(in.takeAll("namespace", Glob::new), in.limit(DEFAULT_LIMIT, 1, MAX_LIMIT));
        in.check();
        return query;
    }

    /// What is asked for of `all`, the largest first.
    public List<PeerView> select(List<PeerView> all) {
        return all.stream().filter(this::matches).sorted(LARGEST).limit(limit).toList();
    }

    /// Whether a row is asked for, be there room for it or not. Who has exchanged nothing is never shown.
    public boolean matches(PeerView row) {
        return row.bytes() != 0
                && (namespaces.isEmpty() || namespaces.stream().anyMatch(names -> names.matches(row.namespace())));
    }
}
