// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.policy.AddressSet;
import dev.weir.policy.Cidr;
import dev.weir.policy.Peer;
import java.util.ArrayList;
import java.util.List;

/// The rules of one view, sorted by the search that finds them.
final class SectionRules {
    private final List<Integer> any = new ArrayList<>();
    private final List<PrefixSweep.Entry> v4 = new ArrayList<>();
    private final List<PrefixSweep.Entry> v6 = new ArrayList<>();
    private final HolderSelectors holders = new HolderSelectors();

    /// Adds a rule, in the order of judgement. For everybody means for everybody, whoever else is named beside.
    void add(int rule, List<Peer> peers) {
        if (peers.contains(new Peer.Any())) {
            any.add(rule);
            return;
        }
        for (Peer peer : peers) {
            switch (peer) {
                case Peer.Any() -> throw new AssertionError("handled above");
                case Peer.Holding holding -> holders.add(holding, rule);
                case Cidr cidr -> add(cidr, rule);
                case Peer.InSet(AddressSet set) -> set.prefixes().forEach(prefix -> add(prefix, rule));
            }
        }
    }

    private void add(Cidr prefix, int rule) {
        (prefix.network().isV4() ? v4 : v6).add(new PrefixSweep.Entry(prefix, rule));
    }

    HolderSelectors holders() {
        return holders;
    }

    /// Lays out the searches for everybody and by address.
    ///
    /// @param defaultRule the number of the rule that holds when no other does, or
    ///     [dev.weir.abi.ImageLayout#NO_RULE]
    Laid lay(int defaultRule, ServiceLists lists, Budget budget) throws Budget.ExceededException {
        int everybody = lists.of(any.stream().mapToInt(Integer::intValue).toArray());
        lists.use(everybody);
        AddressSteps where4 = PrefixSweep.v4(v4, lists, budget);
        AddressSteps where6 = PrefixSweep.v6(v6, lists, budget);
        return new Laid(everybody, defaultRule, where4, where6, holders);
    }

    /// A section as the image holds it, but for the offsets.
    record Laid(int any, int defaultRule, AddressSteps where4, AddressSteps where6, HolderSelectors holders) {
        /// The same rules with another default.
        Laid withDefault(int rule) {
            return new Laid(any, rule, where4, where6, holders);
        }
    }
}
