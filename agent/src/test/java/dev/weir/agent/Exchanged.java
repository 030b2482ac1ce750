// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.flow.KernelView;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.PeerQuery;
import dev.weir.agent.view.PeerView;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/// Who a namespace has exchanged how much with.
final class Exchanged {
    /// An agent credits peers every five seconds.
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Exchanged() {}

    /// Bytes that left and entered, by the label of the peer, such as `red=420/0`.
    static Map<String, String> by(KernelView view, String namespace) {
        Map<String, String> peers = new TreeMap<>();
        for (PeerView row : view.peers(PeerQuery.ALL).peers()) {
            if (row.namespace().equals(namespace)) {
                peers.put(row.label(), row.bytesEgress() + "/" + row.bytesIngress());
            }
        }
        return peers;
    }

    /// Waits until so much is credited, and nothing else.
    static void await(KernelView view, String namespace, Map<String, String> expected) {
        Await.within(
                PATIENCE,
                "%s has exchanged %s".formatted(namespace, expected),
                () -> by(view, namespace),
                () -> by(view, namespace).equals(expected));
    }

    /// Waits until so much is credited to one peer.
    static void await(KernelView view, String namespace, String peer, String expected) {
        Await.within(
                PATIENCE,
                "%s has exchanged %s with %s".formatted(namespace, expected, peer),
                () -> by(view, namespace),
                () -> expected.equals(by(view, namespace).get(peer)));
    }

    private static long credited(KernelView view, String namespace) {
        return view.peers(PeerQuery.ALL).peers().stream()
                .filter(row -> row.namespace().equals(namespace))
                .mapToLong(PeerView::bytes)
                .sum();
    }

    private static long passed(KernelView view, String namespace) {
        return view.meters().rules().stream()
                .filter(row -> row.namespace().equals(namespace) && row.action().passes())
                .mapToLong(MeterSnapshot.Rule::bytes)
                .sum();
    }

    /// Waits until all that rules have let pass is credited, to the byte.
    static void awaitWhole(KernelView view, String... namespaces) {
        for (String namespace : namespaces) {
            Await.within(
                    PATIENCE,
                    "all that passed is credited, of " + namespace,
                    () -> credited(view, namespace) + " credited, " + passed(view, namespace) + " passed: "
                            + by(view, namespace),
                    () -> credited(view, namespace) == passed(view, namespace));
        }
    }
}
