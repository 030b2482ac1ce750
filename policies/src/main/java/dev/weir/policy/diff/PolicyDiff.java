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
    /// @param only what alone is looked at, on any device if it names none; empty: everything
    /// @throws DiffLimitException if a bound is passed
    public static PolicyDiff compare(Side was, Side now, Naming naming, Optional<Target> only)
            throws DiffLimitException {
        return compare(was, now, naming, only, MAX_LINES);
    }

    /// @param maxLines how many lines are told
    static PolicyDiff compare(Side was, Side now, Naming naming, Optional<Target> only, int maxLines)
            throws DiffLimitException {
        List<Policy> all = Stream.concat(was.policies.policies().stream(), now.policies.policies().stream())
                .toList();
        List<Selector> selectors = all.stream().map(Policy::appliesTo).toList();
        PolicyDiff diff =
                new PolicyDiff(Endpoints.of(selectors, naming, only), Holders.of(holdersNamed(all), naming), maxLines);
        for (var group : diff.groups(was, now).entrySet()) {
            diff.compare(group.getKey(), group.getValue());
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

    /// What judges some endpoints on both sides.
    private record Pair(Judging was, Judging now) {}

    /// @param policies that select them
    /// @param unselected what holds where these say nothing
    private record Judging(List<Policy> policies, Verdict unselected) {}

    /// As [Judging], the policies by number.
    private record Selected(BitSet policies, Verdict unselected) {}

    /// Endpoints that have the same policies, old and new; those for which these mean the same are left out.
    private Map<Pair, BitSet> groups(Side was, Side now) {
        Selection old = new Selection(was);
        Selection young = new Selection(now);
        Map<List<Selected>, BitSet> groups = new LinkedHashMap<>();
        for (int each = 0; each < endpoints.size(); each++) {
            Target target = endpoints.target(each);
            groups.computeIfAbsent(List.of(old.of(target), young.of(target)), _ -> new BitSet())
                    .set(each);
        }
        Map<Pair, BitSet> different = new LinkedHashMap<>();
        groups.forEach((selected, of) -> {
            Selected before = selected.get(0);
            Selected after = selected.get(1);
            if (before.unselected != after.unselected || !old.meaning(before).equals(young.meaning(after))) {
                different.put(new Pair(old.judging(before), young.judging(after)), of);
            }
        });
        return different;
    }

    private void compare(Pair pair, BitSet of) throws DiffLimitException {
        try {
            PolicySpace was = PolicySpace.of(pair.was.policies, pair.was.unselected, MAX_BYTES);
            PolicySpace now = PolicySpace.of(pair.now.policies, pair.now.unselected, MAX_BYTES);
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
        private final Verdict unselected;
        private final List<String> meanings;

        Selection(Side side) {
            this.policies = side.policies.policies();
            this.unselected = side.unselected;
            this.meanings = policies.stream()
                    .map(policy -> new PolicySet(List.of(policy)).hash())
                    .toList();
        }

        Selected of(Target target) {
            BitSet selecting =
                    Endpoints.set(policies, policy -> policy.appliesTo().matches(target));
            return new Selected(selecting, target.isJudgedBy(policies(selecting)) ? unselected : Verdict.ALLOW);
        }

        Judging judging(Selected selected) {
            return new Judging(policies(selected.policies), selected.unselected);
        }

        List<String> meaning(Selected selected) {
            return selected.policies.stream().mapToObj(meanings::get).toList();
        }

        private List<Policy> policies(BitSet selected) {
            return selected.stream().mapToObj(policies::get).toList();
        }
    }
}
