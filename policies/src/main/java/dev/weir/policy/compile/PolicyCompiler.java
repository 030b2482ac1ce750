// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.Direction;
import dev.weir.abi.Limits;
import dev.weir.abi.Verdict;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.RuleId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/// Turns the policies of an endpoint into the images that its packets are judged by, which give the same
/// answer as [dev.weir.policy.PolicyEvaluator] for all traffic. It remembers images, so that endpoints share
/// what is equal and a change compiles again only what it changed. Not thread-safe.
///
/// A policy with many rules or prefixes is an image of its own, which all its endpoints share; those between such
/// policies are laid end to end into one, so that a search costs as much as if they were one policy.
public final class PolicyCompiler {
    /// Rules and prefixes from which on a policy is an image of its own, unless somebody asks for another bound.
    public static final int HEAVY = 4096;

    private final Verdict unselected;
    private final int maxBytes;
    private final int heavy;
    private final Map<Key, PolicyImage> images = new HashMap<>();
    private final Set<Key> used = new HashSet<>();

    /// @param unselected what holds where no policy says anything
    /// @param maxBytes what one image may weigh
    public PolicyCompiler(Verdict unselected, int maxBytes) {
        this(unselected, maxBytes, HEAVY);
    }

    /// @param heavy rules and prefixes from which on a policy is an image of its own
    public PolicyCompiler(Verdict unselected, int maxBytes, int heavy) {
        this.unselected = unselected;
        this.maxBytes = maxBytes;
        this.heavy = heavy;
    }

    /// Compiles the policies of one endpoint. Takes time and memory in proportion to the rules and the limit,
    /// whatever the policies say.
    ///
    /// @param policies those that select the endpoint, in [Policy#ORDER]
    /// @param universe whoever may hold addresses; one that no rule names leaves the images as they are
    public Compilation compile(List<Policy> policies, List<HolderRef> universe) {
        List<ImageRule> defaults = defaults(policies, unselected);
        List<PolicyImage> layers = new ArrayList<>();
        try {
            List<List<Policy>> runs = runs(policies);
            for (int i = 0; i < runs.size(); i++) {
                boolean last = i == runs.size() - 1;
                layers.add(image(new Key(runs.get(i), last ? defaults : List.of(), asked(runs.get(i), universe))));
            }
        } catch (Budget.ExceededException e) {
            return new Compilation.TooLarge(policies, e.reason());
        }
        return new Compilation.Compiled(new PolicyChain(layers));
    }

    /// What judges a device that is only watched for a moment: everything passes, and what is seen first of a flow need
    /// not have opened it.
    public static PolicyChain watching() {
        List<ImageRule> all = View.ALL.stream()
                .map(view -> ImageRule.watching(view.direction()))
                .toList();
        try {
            return new PolicyChain(List.of(ImageCompiler.compile(List.of(), all, List.of(), Limits.IMAGES_BYTES)));
        } catch (Budget.ExceededException e) {
            throw new IllegalStateException("an image without a rule", e);
        }
    }

    /// Forgets the images that nothing was compiled into since the last time.
    public void forgetUnused() {
        images.keySet().retainAll(used);
        used.clear();
    }

    private PolicyImage image(Key key) throws Budget.ExceededException {
        used.add(key);
        PolicyImage known = images.get(key);
        if (known == null) {
            known = ImageCompiler.compile(key.policies, key.defaults, key.universe, maxBytes);
            images.put(key, known);
        }
        return known;
    }

    /// Cuts the policies where one is heavy. The last run, which gets the defaults, holds no heavy policy, so that
    /// their images do not depend on what else selects an endpoint.
    private List<List<Policy>> runs(List<Policy> policies) {
        List<List<Policy>> runs = new ArrayList<>();
        List<Policy> light = new ArrayList<>();
        for (Policy policy : policies) {
            boolean room = runs.size() < Limits.MAX_LAYERS - 2;
            if (room && isHeavy(policy)) {
                if (!light.isEmpty()) {
                    runs.add(light);
                    light = new ArrayList<>();
                }
                runs.add(List.of(policy));
            } else {
                light.add(policy);
            }
        }
        runs.add(light);
        return runs;
    }

    private boolean isHeavy(Policy policy) {
        long weight = 0;
        for (Direction direction : Direction.values()) {
            for (var rule : policy.section(direction).rules()) {
                weight += rule.peers().stream()
                        .mapToLong(peer -> peer instanceof Peer.InSet(var set)
                                ? set.prefixes().size()
                                : 1)
                        .sum();
            }
        }
        return weight >= heavy;
    }

    /// The holders that an image depends on: nobody if no rule names any.
    private static List<HolderRef> asked(List<Policy> run, List<HolderRef> universe) {
        boolean asks = run.stream()
                .flatMap(policy -> Stream.of(policy.egress(), policy.ingress()))
                .flatMap(section -> section.rules().stream())
                .flatMap(rule -> rule.peers().stream())
                .anyMatch(Peer.Holding.class::isInstance);
        return asks ? universe : List.of();
    }

    /// What holds when no rule matches, by [View#ALL].
    static List<ImageRule> defaults(List<Policy> policies, Verdict unselected) {
        return View.ALL.stream()
                .map(view -> fallback(policies, unselected, view.direction(), view.enforced()))
                .toList();
    }

    private static ImageRule fallback(
            List<Policy> policies, Verdict unselected, Direction direction, boolean enforced) {
        return policies.stream()
                .filter(policy -> policy.isEnforced() || !enforced)
                .flatMap(policy -> policy.section(direction).fallback().stream()
                        .map(fallback ->
                                ImageRule.of(policy, RuleId.ofDefault(policy, direction), fallback.verdict(), false)))
                .findFirst()
                .orElse(ImageRule.unselected(RuleId.ofUnselected(direction), unselected));
    }

    /// What an image is made from. Policies are compared by identity: comparing all their rules costs more than it
    /// saves.
    private record Key(List<Policy> policies, List<ImageRule> defaults, List<HolderRef> universe) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key
                    && samePolicies(key.policies)
                    && defaults.equals(key.defaults)
                    && universe.equals(key.universe);
        }

        @SuppressWarnings("ReferenceEquality") // as said above
        private boolean samePolicies(List<Policy> others) {
            boolean same = policies.size() == others.size();
            for (int i = 0; same && i < policies.size(); i++) {
                same = policies.get(i) == others.get(i);
            }
            return same;
        }

        @Override
        public int hashCode() {
            return Objects.hash(policies.stream().map(Policy::name).toList(), defaults);
        }
    }
}
