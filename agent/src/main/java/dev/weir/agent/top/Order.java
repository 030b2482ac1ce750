// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.top;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/// What comes first: the most of this.
enum Order {
    BYTES,
    PACKETS,
    DENIED,
    FLOWS;

    private static final List<Order> ALL = List.of(values());

    /// The next one, round and round.
    Order next() {
        return ALL.get((ALL.indexOf(this) + 1) % ALL.size());
    }

    /// `bytes/s`, `flows`.
    String word() {
        return name().toLowerCase(Locale.ROOT) + (this == FLOWS ? "" : "/s");
    }

    List<Rates.OfNamespace> namespaces(Rates rates) {
        Comparator<Rates.OfNamespace> most = Comparator.comparingDouble(each -> switch (this) {
            case FLOWS -> each.view().flows();
            case BYTES, PACKETS, DENIED -> value(each.known());
        });
        return rates.namespaces().stream()
                .sorted(most.reversed().thenComparing(each -> each.view().name()))
                .toList();
    }

    /// By bytes where the order is by something that a flow has not.
    List<Rates.OfFlow> flows(Rates rates) {
        Comparator<Rates.OfFlow> most = Comparator.comparingDouble(each -> value(each.known()));
        Comparator<Rates.OfFlow> bytes =
                Comparator.comparingDouble(each -> each.known().bytes());
        return rates.flows().stream()
                .sorted(most.reversed()
                        .thenComparing(bytes.reversed())
                        .thenComparing(each -> each.view().lastSeenAt(), Comparator.reverseOrder())
                        .thenComparing(each -> each.view().outsideAddress())
                        .thenComparingInt(each -> each.view().outsidePort())
                        .thenComparingInt(each -> each.view().insidePort()))
                .toList();
    }

    private double value(Rates.PerSecond rate) {
        return switch (this) {
            case BYTES, FLOWS -> rate.bytes();
            case PACKETS -> rate.packets();
            case DENIED -> rate.denied();
        };
    }
}
