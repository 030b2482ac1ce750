// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.Direction;
import dev.weir.policy.AddressSet;
import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.Rule;
import dev.weir.policy.Selector;
import dev.weir.yaml.Diagnostics;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Finds rules that never decide anything. Policies of one selector are judged together, so they are laid end
/// to end with those before them that select at least as much, and each such chain is looked at once.
final class ShadowedRules {
    /// Rules, peers and prefixes that chains may take from policies of other selectors, all together: what is
    /// beyond is not counted as before. A thousand tenants behind one large policy would otherwise each look
    /// through all of it.
    private static final int MAX_FOREIGN = 1 << 19;

    /// For all chains together: a few hundred milliseconds and, one chain after the other, some megabytes.
    private static final int MAX_BYTES = 1 << 28;

    private static final long MAX_WORK = 1L << 26;

    /// Pairs of peers that are compared to find a single rule that matches all that another does.
    private static final int MAX_PAIRS = 10_000;

    private final List<Policy> policies;
    private final Diagnostics found;
    private final Budget budget = new Budget(MAX_BYTES, MAX_WORK);
    private final Map<Selector, List<Integer>> bySelector = new LinkedHashMap<>();
    private final List<Selector> wide = new ArrayList<>();
    private final Map<Glob, List<Selector>> byName = new HashMap<>();
    private int foreign;

    /// @param policies in [Policy#ORDER]
    ShadowedRules(List<Policy> policies, Diagnostics found) {
        this.policies = policies;
        this.found = found;
    }

    /// A rule of the chain.
    private record Link(Policy policy, Rule rule) {}

    void find() {
        for (int i = 0; i < policies.size(); i++) {
            bySelector
                    .computeIfAbsent(policies.get(i).appliesTo(), _ -> new ArrayList<>())
                    .add(i);
        }
        bySelector.keySet().forEach(this::index);
        bySelector.forEach((selector, own) -> {
            BitSet before = enforced(covering(selector));
            List<Policy> enforced =
                    own.stream().map(policies::get).filter(Policy::isEnforced).toList();
            if (!enforced.isEmpty()) {
                chains(before, own.getLast(), enforced);
            }
            for (int i : own) {
                if (!policies.get(i).isEnforced()) {
                    chains(before, i, List.of(policies.get(i)));
                }
            }
        });
    }

    /// What surely selects at least as much names the first thing that the selector names, or is a pattern or a
    /// label.
    private Set<Selector> covering(Selector selector) {
        Set<Selector> covering = new LinkedHashSet<>();
        wide.stream().filter(each -> each.covers(selector)).forEach(covering::add);
        List<Glob> names = selector.namespaces().isEmpty() ? selector.devices() : selector.namespaces();
        if (!names.isEmpty()) {
            byName.getOrDefault(names.getFirst(), List.of()).stream()
                    .filter(each -> each.covers(selector))
                    .forEach(covering::add);
        }
        covering.add(selector);
        return covering;
    }

    private void index(Selector selector) {
        List<Glob> names = new ArrayList<>(selector.namespaces());
        names.addAll(selector.devices());
        if (!selector.labels().isEmpty() || !names.stream().allMatch(Glob::isName)) {
            wide.add(selector);
        } else {
            names.forEach(
                    name -> byName.computeIfAbsent(name, _ -> new ArrayList<>()).add(selector));
        }
    }

    private BitSet enforced(Set<Selector> selectors) {
        BitSet enforced = new BitSet();
        for (Selector selector : selectors) {
            for (int i : bySelector.getOrDefault(selector, List.of())) {
                enforced.set(i, policies.get(i).isEnforced());
            }
        }
        return enforced;
    }

    /// Looks at the rules of `own`, of which the policy with number `last` is the last.
    private void chains(BitSet before, int last, List<Policy> own) {
        Set<String> names = own.stream().map(Policy::name).collect(Collectors.toSet());
        for (Direction direction : Direction.values()) {
            List<Link> chain = new ArrayList<>();
            for (int i = before.nextSetBit(0); i >= 0 && i < last; i = before.nextSetBit(i + 1)) {
                Policy policy = policies.get(i);
                if (names.contains(policy.name()) || isTaken(policy, direction)) {
                    add(policy, direction, chain);
                }
            }
            add(policies.get(last), direction, chain);
            if (chain.size() > 1) {
                try {
                    judge(chain, names);
                } catch (Budget.ExceededException _) {
                    return; // such rules are beyond this class, see its bounds
                }
            }
        }
    }

    private boolean isTaken(Policy policy, Direction direction) {
        long weight = policy.section(direction).rules().stream()
                .flatMap(rule -> rule.peers().stream())
                .mapToLong(peer -> peer instanceof Peer.InSet(AddressSet set)
                        ? set.prefixes().size()
                        : 1)
                .sum();
        boolean taken = foreign + weight <= MAX_FOREIGN;
        foreign += taken ? (int) weight : 0;
        return taken;
    }

    private static void add(Policy policy, Direction direction, List<Link> chain) {
        policy.section(direction).rules().forEach(rule -> chain.add(new Link(policy, rule)));
    }

    private void judge(List<Link> chain, Set<String> own) throws Budget.ExceededException {
        List<Rule> rules = chain.stream().map(Link::rule).toList();
        RuleReach reach = new RuleReach(rules, budget);
        for (int i = 0; i < rules.size(); i++) {
            Link link = chain.get(i);
            if (!reach.reaches(i) && own.contains(link.policy.name())) {
                PolicyLint.warn(link.policy, link.rule.position(), message(chain, i, reach.before(i)), found);
            }
        }
    }

    private static String message(List<Link> chain, int shadowed, BitSet before) {
        Policy policy = chain.get(shadowed).policy;
        int last = before.length() - 1;
        String decides = "this rule never decides anything: ";
        if (covers(chain.get(last).rule, chain.get(shadowed).rule)) {
            return decides + name(chain.get(last), policy) + " matches all that it does, and is judged first";
        }
        int more = before.cardinality() - 1;
        return decides + name(chain.get(before.nextSetBit(0)), policy)
                + (more > 0 ? " and " + more + " more match" : " matches") + " all that it does, and "
                + (more > 0 ? "are" : "is") + " judged first";
    }

    private static String name(Link link, Policy from) {
        String line =
                "`" + link.rule.label() + "` in line " + link.rule.position().line();
        return link.policy.name().equals(from.name()) ? line : line + " of " + link.policy.file();
    }

    /// Whether the rule alone surely matches all that the other does.
    private static boolean covers(Rule rule, Rule other) {
        boolean anySteps = Staircase.min(Staircase.of(rule.services(), 0), Staircase.of(other.services(), 1))
                .names(1);
        if (anySteps || (long) rule.peers().size() * other.peers().size() > MAX_PAIRS) {
            return false;
        }
        return other.peers().stream().allMatch(peer -> rule.peers().stream().anyMatch(each -> covers(each, peer)));
    }

    private static boolean covers(Peer peer, Peer other) {
        return switch (peer) {
            case Peer.Any() -> true;
            case Cidr cidr -> other instanceof Cidr inner && covers(cidr, inner);
            case Peer.InSet(AddressSet set) ->
                other instanceof Cidr inner
                        ? set.prefixes().stream().anyMatch(prefix -> covers(prefix, inner))
                        : other instanceof Peer.InSet(AddressSet also)
                                && also.hash().equals(set.hash());
            case Peer.Holding holding -> other instanceof Peer.Holding inner && holding.covers(inner);
        };
    }

    private static boolean covers(Cidr prefix, Cidr inner) {
        return prefix.length() <= inner.length() && prefix.contains(inner.network());
    }
}
