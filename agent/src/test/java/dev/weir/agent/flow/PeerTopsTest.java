// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.view.PeerView;
import dev.weir.agent.view.PeerView.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeerTopsTest {
    private final PeerTops tops = new PeerTops();

    private static PeerView with(String peer, long egress, long ingress) {
        return new PeerView("blue", peer, Kind.NAMESPACE, egress, ingress);
    }

    @Test
    void peersBeyondTheLargestAreOthers() {
        List<PeerView> rows = new ArrayList<>(List.of(PeerView.of("blue", Kind.OTHER, 3, 4)));
        for (int i = 1; i <= PeerTops.MOST + 2; i++) {
            rows.add(with("n" + i, 10L * i, i));
        }
        List<PeerView> shown = tops.shown(rows);

        assertEquals(PeerTops.MOST + 1, shown.size());
        assertTrue(shown.contains(with("n3", 30, 3)), shown::toString);
        assertFalse(shown.contains(with("n2", 20, 2)), shown::toString);
        assertTrue(shown.contains(PeerView.of("blue", Kind.OTHER, 3 + 10 + 20, 4 + 1 + 2)), shown::toString);
    }

    @Test
    void namespaceThatIsCalledAsAKindIsToldFromIt() {
        List<PeerView> rows = List.of(
                PeerView.of("blue", Kind.WORLD, 1, 2), with("world", 5, 6), PeerView.of("blue", Kind.OTHER, 0, 0));

        assertEquals(
                List.of("namespace:world", "other", "world"),
                tops.shown(rows).stream().map(PeerView::label).sorted().toList());
    }
}
