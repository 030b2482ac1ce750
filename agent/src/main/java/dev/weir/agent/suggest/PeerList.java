// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.suggest;

import dev.weir.policy.Cidr;
import dev.weir.policy.Peer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/// Peers as a rule lists them, and nothing beyond: who is called by name first, then addresses, of which four or more
/// that fill a prefix are written as that.
///
/// @param named namespaces, `host` and `any`
/// @param prefixes in order
record PeerList(List<String> named, List<String> prefixes) {
    static PeerList of(Collection<Peer> peers) {
        List<Cidr> addresses = new ArrayList<>();
        List<String> named = new ArrayList<>();
        for (Peer peer : peers) {
            if (peer instanceof Cidr cidr) {
                addresses.add(cidr);
            } else {
                named.add(peer.toString());
            }
        }
        addresses.sort(Comparator.comparing(Cidr::network));
        named.sort(Comparator.naturalOrder());
        return new PeerList(
                named, filled(addresses).stream().map(Cidr::toString).toList());
    }

    /// The fewest prefixes that hold these addresses and no other, but two neighbours as themselves.
    private static List<Cidr> filled(List<Cidr> sorted) {
        Deque<Cidr> found = new ArrayDeque<>();
        for (Cidr each : sorted) {
            Cidr last = each;
            while (!found.isEmpty() && found.getLast().length() == last.length() && isSibling(found.getLast(), last)) {
                last = parent(found.removeLast());
            }
            found.addLast(last);
        }
        List<Cidr> prefixes = new ArrayList<>();
        for (Cidr prefix : found) {
            if (prefix.length() == Cidr.bits(prefix.network()) - 1) {
                prefixes.add(Cidr.of(prefix.network()));
                prefixes.add(Cidr.of(prefix.last()));
            } else {
                prefixes.add(prefix);
            }
        }
        return prefixes;
    }

    private static boolean isSibling(Cidr one, Cidr other) {
        return one.length() > 0
                && one.network().isV4() == other.network().isV4()
                && !one.equals(other)
                && parent(one).equals(parent(other));
    }

    private static Cidr parent(Cidr prefix) {
        return Cidr.around(prefix.network(), prefix.length() - 1);
    }
}
