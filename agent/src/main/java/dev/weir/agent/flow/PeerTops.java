// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.agent.view.PeerView;
import dev.weir.agent.view.PeerView.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which peers of a namespace have series of their own: there may be as many as there are namespaces.
final class PeerTops {
    static final int MOST = 20;

    private final Tops<String, String> tops = new Tops<>(MOST, bytes -> bytes[0] + bytes[1]);

    /// What a namespace has exchanged, by the label of the peer, and with others.
    private static final class Exchanged {
        private final Map<String, long[]> bytes = new LinkedHashMap<>();
        private final Map<String, PeerView> peers = new LinkedHashMap<>();
        private final long[] other = new long[2];

        void add(PeerView row) {
            long[] sum = other;
            if (row.kind() != Kind.OTHER) {
                sum = bytes.computeIfAbsent(row.label(), absent -> new long[2]);
                peers.putIfAbsent(row.label(), row);
            }
            sum[0] += row.bytesEgress();
            sum[1] += row.bytesIngress();
        }
    }

    /// The rows to show: for each namespace at most [#MOST] peers, and one row of all others.
    synchronized List<PeerView> shown(List<PeerView> all) {
        Map<String, Exchanged> namespaces = new LinkedHashMap<>();
        all.forEach(row -> namespaces
                .computeIfAbsent(row.namespace(), absent -> new Exchanged())
                .add(row));
        tops.retain(namespaces.keySet());
        List<PeerView> rows = new ArrayList<>();
        namespaces.forEach((namespace, exchanged) -> {
            long[] rest = tops.show(namespace, exchanged.bytes, exchanged.other, (label, bytes) -> {
                PeerView row = exchanged.peers.get(label);
                if (row != null) {
                    rows.add(new PeerView(namespace, row.peer(), row.kind(), bytes[0], bytes[1]));
                }
            });
            rows.add(PeerView.of(namespace, Kind.OTHER, rest[0], rest[1]));
        });
        return rows;
    }
}
