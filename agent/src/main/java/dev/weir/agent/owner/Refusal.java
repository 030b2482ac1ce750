// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.owner;

import java.util.Comparator;

/// A claim of a namespace that was not granted.
///
/// @param address an IP or an Ethernet address
/// @param reason as in `namespace blue holds it`
public record Refusal(String namespace, String address, String reason) implements Comparable<Refusal> {
    private static final Comparator<Refusal> ORDER = Comparator.comparing(Refusal::namespace)
            .thenComparing(Refusal::address)
            .thenComparing(Refusal::reason);

    @Override
    public int compareTo(Refusal other) {
        return ORDER.compare(this, other);
    }
}
