// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.ImageLayout;
import dev.weir.abi.IpAddress;
import dev.weir.policy.AddressSet;
import dev.weir.policy.Cidr;
import dev.weir.policy.Peer;
import dev.weir.policy.Rule;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which rules can be the first to match, found as the image is made: addresses are cut into ranges, services
/// into steps. Exact for everybody, addresses and sets; of rules that name holders, only those count as before
/// that surely name all of the same.
final class RuleReach {
    private static final Cidr ALL_V4 = Cidr.around(IpAddress.ofV4(0), 0);
    private static final Cidr ALL_V6 = Cidr.around(new IpAddress(0, 0), 0);

    private final List<Rule> rules;
    private final Budget budget;
    private final ServiceLists lists;
    private final Staircase everybody;
    private final AddressSteps where4;
    private final AddressSteps where6;
    private final BitSet everywhere = new BitSet();
    private final Map<Peer.Holding, Staircase> holders = new LinkedHashMap<>();
    private final BitSet reached = new BitSet();

    /// @param rules in the order of judgement
    RuleReach(List<Rule> rules, Budget budget) throws Budget.ExceededException {
        this.rules = rules;
        this.budget = budget;
        this.lists = new ServiceLists(rules.stream().map(Rule::services).toList(), budget);
        SectionRules sorted = new SectionRules();
        for (int i = 0; i < rules.size(); i++) {
            sorted.add(i, rules.get(i).peers());
        }
        SectionRules.Laid laid = sorted.lay(ImageLayout.NO_RULE, lists, budget);
        this.everybody = lists.get(laid.any());
        this.where4 = laid.where4();
        this.where6 = laid.where6();
        where4.listsWithin(ALL_V4, everywhere);
        where6.listsWithin(ALL_V6, everywhere);
        reachAddresses();
        reachHolders();
    }

    /// Whether there may be traffic that the rule is the first to match.
    boolean reaches(int rule) {
        return reached.get(rule);
    }

    /// The rules that are the first to match where this one, which is never, would.
    BitSet before(int rule) throws Budget.ExceededException {
        BitSet found = new BitSet();
        BitSet where = new BitSet();
        List<Peer> peers = rules.get(rule).peers();
        Staircase services = Staircase.of(rules.get(rule).services(), rule);
        for (Peer peer : peers) {
            switch (peer) {
                case Peer.Any() -> where.or(everywhere);
                case Cidr cidr -> within(cidr, where);
                case Peer.InSet(AddressSet set) -> set.prefixes().forEach(prefix -> within(prefix, where));
                case Peer.Holding holding -> {
                    if (holders.containsKey(holding)) { // else everybody is named too
                        first(services, holders.get(holding), found);
                    }
                }
            }
        }
        for (int list = where.nextSetBit(0); list >= 0; list = where.nextSetBit(list + 1)) {
            first(services, lists.get(list), found);
        }
        found.clear(rule, rules.size());
        return found;
    }

    private void within(Cidr prefix, BitSet into) {
        (prefix.network().isV4() ? where4 : where6).listsWithin(prefix, into);
    }

    private void reachAddresses() throws Budget.ExceededException {
        boolean gap = everywhere.get(ServiceLists.NONE);
        for (int number = everywhere.nextSetBit(0); number >= 0; number = everywhere.nextSetBit(number + 1)) {
            Staircase list = lists.get(number);
            reach(list, everybody);
            if (!gap) {
                reach(everybody, list);
            }
        }
        if (gap) {
            reach(everybody, Staircase.NOTHING);
        }
    }

    private void reachHolders() throws Budget.ExceededException {
        Map<Peer.Holding, BitSet> named = new LinkedHashMap<>();
        for (int i = 0; i < rules.size(); i++) {
            if (!rules.get(i).peers().contains(new Peer.Any())) {
                for (Peer peer : rules.get(i).peers()) {
                    if (peer instanceof Peer.Holding holding) {
                        named.computeIfAbsent(holding, _ -> new BitSet()).set(i);
                    }
                }
            }
        }
        List<Peer.Holding> patterns = named.keySet().stream()
                .filter(peer -> peer instanceof Peer.NamespaceSelector(var names) && !names.isName())
                .toList();
        for (Map.Entry<Peer.Holding, BitSet> entry : named.entrySet()) {
            budget.work(8L * patterns.size() + rules.size() / Long.SIZE);
            BitSet naming = (BitSet) entry.getValue().clone();
            for (Peer.Holding pattern : patterns) {
                BitSet also = named.get(pattern);
                if (also != null && pattern.covers(entry.getKey())) {
                    naming.or(also);
                }
            }
            Staircase list = lists.get(lists.of(naming.stream().toArray()));
            holders.put(entry.getKey(), list);
            reach(list, everybody);
        }
    }

    /// Marks the rules of `list` that come before `other` in one of their steps.
    private void reach(Staircase list, Staircase other) throws Budget.ExceededException {
        budget.work(list.size());
        for (int step = 0; step < list.size(); step++) {
            int rule = list.rule(step);
            if (rule != ImageLayout.NO_RULE
                    && !reached.get(rule)
                    && isBefore(rule, other, list.key(step), list.lastKey(step))) {
                reached.set(rule);
            }
        }
    }

    private boolean isBefore(int rule, Staircase other, int firstKey, int lastKey) throws Budget.ExceededException {
        for (int step = other.stepAt(firstKey); step < other.size() && other.key(step) <= lastKey; step++) {
            budget.work(1);
            if (Integer.compareUnsigned(rule, other.rule(step)) < 0) {
                return true;
            }
        }
        return false;
    }

    /// Adds the rules that `list` and everybody's together say for these services.
    private void first(Staircase services, Staircase list, BitSet found) throws Budget.ExceededException {
        for (int step = 0; step < services.size(); step++) {
            if (services.rule(step) != ImageLayout.NO_RULE) {
                int last = services.lastKey(step);
                int i = list.stepAt(services.key(step));
                int j = everybody.stepAt(services.key(step));
                while (i < list.size() && list.key(i) <= last && j < everybody.size() && everybody.key(j) <= last) {
                    budget.work(1);
                    boolean later = Integer.compareUnsigned(list.rule(i), everybody.rule(j)) > 0;
                    int rule = later ? everybody.rule(j) : list.rule(i);
                    if (rule != ImageLayout.NO_RULE) {
                        found.set(rule);
                    }
                    int endOfList = list.lastKey(i);
                    int endOfEverybody = everybody.lastKey(j);
                    i += endOfList <= endOfEverybody ? 1 : 0;
                    j += endOfEverybody <= endOfList ? 1 : 0;
                }
            }
        }
    }
}
