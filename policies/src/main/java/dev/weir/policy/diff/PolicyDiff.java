// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.abi.Direction;
import dev.weir.abi.Verdict;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Rule;
import dev.weir.policy.Selector;
import dev.weir.policy.Target;
import dev.weir.policy.compile.PolicySpace;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// All traffic whose verdict differs between two sets of policies, and nothing else: for every endpoint and every
/// opening of a flow, [dev.weir.policy.PolicyEvaluator] answers differently exactly where it is named here.
public final class PolicyDiff {
    /// How many lines are told; it is only counted what more there are.
    public static final int MAX_LINES = 1000;

    /// What the layout of one endpoint's policies may weigh, for each side.
    private static final int MAX_BYTES = 8 << 20;

    private final Endpoints endpoints;
    private final Holders holders;
    private final Map<Flip, BitSet> flips = new LinkedHashMap<>();
    private final int maxLines;
    private int omitted;

    /// One of the two.
    ///
    /// @param unselected what holds where no policy says anything
    public record Side(PolicySet policies, Verdict unselected) {}

    private PolicyDiff(Endpoints endpoints, Holders holders, int maxLines) {
        this.maxLines = maxLines;
        this.endpoints = endpoints;
        this.holders = holders;
    }

    /// Compares. Takes time and memory within bounds, whatever the policies say.
    ///
    /// @param naming the labels of namespaces, on both sides
    /// @param namespace the one to look at; empty: all, and bridges
    /// @throws DiffLimitException if a bound is passed
    public static PolicyDiff compare(Side was, Side now, Naming naming, Optional<String> namespace)
            throws DiffLimitException {
        return compare(was, now, naming, namespace, MAX_LINES);
    }

    /// @param maxLines how many lines are told
    static PolicyDiff compare(Side was, Side now, Naming naming, Optional<String> namespace, int maxLines)
            throws DiffLimitException {
        List<Policy> all = Stream.concat(was.policies.policies().stream(), now.policies.policies().stream())
                .toList();
        List<Selector> selectors = all.stream().map(Policy::appliesTo).toList();
        PolicyDiff diff = new PolicyDiff(
                Endpoints.of(selectors, naming, namespace), Holders.of(holdersNamed(all), naming), maxLines);
        for (var group : diff.groups(was, now).entrySet()) {
            diff.compare(group.getKey(), was.unselected, now.unselected, group.getValue());
        }
        return diff;
    }

    /// Whether all traffic has the verdict that it had.
    public boolean isEmpty() {
        return flips.isEmpty();
    }

    /// What changes; at most [#MAX_LINES].
    public List<DiffLine> lines() {
        return flips.entrySet().stream()
                .map(each -> each.getKey().line(endpoints.describe(each.getValue()), holders))
                .toList();
    }

    /// How many changes there are beyond those; each counts for each kind of endpoints that has it.
    public int omitted() {
        return omitted;
    }

    Endpoints endpoints() {
        return endpoints;
    }

    Holders holders() {
        return holders;
    }

    /// What changes for which classes of [#endpoints()].
    Map<Flip, BitSet> flips() {
        return flips;
    }

    private static List<Peer.Holding> holdersNamed(List<Policy> policies) {
        return policies.stream()
                .flatMap(policy -> Stream.of(policy.egress(), policy.ingress()))
                .flatMap(section -> section.rules().stream())
                .map(Rule::peers)
                .flatMap(List::stream)
                .filter(Peer.Holding.class::isInstance)
                .map(Peer.Holding.class::cast)
                .distinct()
                .toList();
    }

    /// The policies that select some endpoints, and what they mean.
    private record Pair(List<Policy> was, List<Policy> now) {}

    /// Endpoints that have the same policies, old and new; those for which these mean the same are left out.
    private Map<Pair, BitSet> groups(Side was, Side now) {
        Selection old = new Selection(was.policies.policies());
        Selection young = new Selection(now.policies.policies());
        Map<List<BitSet>, BitSet> groups = new LinkedHashMap<>();
        for (int each = 0; each < endpoints.size(); each++) {
            Target target = endpoints.target(each);
            groups.computeIfAbsent(List.of(old.of(target), young.of(target)), _ -> new BitSet())
                    .set(each);
        }
        Map<Pair, BitSet> different = new LinkedHashMap<>();
        groups.forEach((selected, of) -> {
            BitSet before = selected.get(0);
            BitSet after = selected.get(1);
            if (was.unselected != now.unselected || !old.meaning(before).equals(young.meaning(after))) {
                different.put(new Pair(old.policies(before), young.policies(after)), of);
            }
        });
        return different;
    }

    private void compare(Pair pair, Verdict wasUnselected, Verdict nowUnselected, BitSet of) throws DiffLimitException {
        try {
            PolicySpace was = PolicySpace.of(pair.was, wasUnselected, MAX_BYTES);
            PolicySpace now = PolicySpace.of(pair.now, nowUnselected, MAX_BYTES);
            for (Direction direction : List.of(Direction.INGRESS, Direction.EGRESS)) {
                for (Flip flip : SpaceDiff.compare(was, now, direction, holders)) {
                    BitSet known = flips.get(flip);
                    if (known != null) {
                        known.or(of);
                    } else if (flips.size() < maxLines) {
                        flips.put(flip, (BitSet) of.clone());
                    } else {
                        omitted++;
                    }
                }
            }
        } catch (PolicySpace.TooLargeException e) {
            throw new DiffLimitException("the policies of "
                    + Cover.list(endpoints.describe(of)) + " cannot be compared: " + e.getMessage()
                    + "; use fewer rules with many services on prefixes that contain many others");
        }
    }

    /// The policies of one side, by number.
    private static final class Selection {
        private final List<Policy> policies;
        private final List<String> meanings;

        Selection(List<Policy> policies) {
            this.policies = policies;
            this.meanings = policies.stream()
                    .map(policy -> new PolicySet(List.of(policy)).hash())
                    .toList();
        }

        BitSet of(Target target) {
            return Endpoints.set(policies, policy -> policy.appliesTo().matches(target));
        }

        List<Policy> policies(BitSet selected) {
            return selected.stream().mapToObj(policies::get).toList();
        }

        List<String> meaning(BitSet selected) {
            return selected.stream().mapToObj(meanings::get).toList();
        }
    }
}
