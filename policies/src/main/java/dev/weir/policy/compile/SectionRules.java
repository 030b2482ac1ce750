// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.policy.Cidr;
import dev.weir.policy.Peer;
import java.util.ArrayList;
import java.util.List;

/// The rules of one direction, sorted by the search that finds them.
final class SectionRules {
    private final List<Integer> any = new ArrayList<>();
    private final List<PrefixSweep.Entry> v4 = new ArrayList<>();
    private final List<PrefixSweep.Entry> v6 = new ArrayList<>();
    private final NamespaceSelectors namespaces = new NamespaceSelectors();

    /// Adds a rule, in the order of judgement. For everybody means for everybody, whoever else is named beside.
    void add(int rule, List<Peer> peers) {
        if (peers.contains(new Peer.Any())) {
            any.add(rule);
            return;
        }
        for (Peer peer : peers) {
            switch (peer) {
                case Peer.Any() -> throw new AssertionError("handled above");
                case Peer.NamespaceSelector(var names) -> namespaces.add(names, rule);
                case Cidr cidr -> (cidr.network().isV4() ? v4 : v6).add(new PrefixSweep.Entry(cidr, rule));
            }
        }
    }

    NamespaceSelectors namespaces() {
        return namespaces;
    }

    /// Lays out the searches for everybody and by address.
    ///
    /// @param defaultRule the number of the rule that holds when no other does
    Laid lay(int defaultRule, ServiceLists lists, Budget budget) throws Budget.ExceededException {
        int everybody = lists.of(any.stream().mapToInt(Integer::intValue).toArray());
        lists.use(everybody);
        AddressSteps where4 = PrefixSweep.v4(v4, lists, budget);
        AddressSteps where6 = PrefixSweep.v6(v6, lists, budget);
        return new Laid(everybody, defaultRule, where4, where6);
    }

    /// A section as the image holds it, but for the offsets.
    record Laid(int any, int defaultRule, AddressSteps where4, AddressSteps where6) {}
}
