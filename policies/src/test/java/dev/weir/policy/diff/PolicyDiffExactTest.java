// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Verdict;
import dev.weir.policy.Decision;
import dev.weir.policy.Glob;
import dev.weir.policy.Holder;
import dev.weir.policy.Mode;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicyEvaluator;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Rule;
import dev.weir.policy.Section;
import dev.weir.policy.Selector;
import dev.weir.policy.Target;
import dev.weir.policy.Traffic;
import dev.weir.policy.gen.Scenarios;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;

/// Traffic is named by exactly one line if the evaluator answers differently for it, and by none if not.
class PolicyDiffExactTest {
    /// As the holders of [Scenarios] have them.
    private static final Map<String, Map<String, String>> LABELS = Map.of(
            "blue", Map.of("tier", "web"),
            "red", Map.of("tier", "web", "site", "none"),
            "tenant-1", Map.of("tier", "db"));

    private static final Naming NAMING =
            new Naming(LABELS.keySet().stream().map(Glob::new).toList(), name -> LABELS.getOrDefault(name, Map.of()));
    private static final List<Selector> SELECTORS = List.of(
            Selector.ofNamespaces(List.of(new Glob("*"))),
            Selector.ofNamespaces(List.of(new Glob("blue"), new Glob("tenant-*"))),
            Selector.ofNamespaces(List.of(new Glob("*1*"), new Glob("d?"))),
            new Selector(List.of(), new TreeMap<>(Map.of("tier", "web")), List.of()),
            new Selector(List.of(), new TreeMap<>(), List.of(new Glob("br*"))),
            new Selector(
                    List.of(new Glob("red")),
                    new TreeMap<>(Map.of("tier", "web", "site", "none")),
                    List.of(new Glob("br0"))));
    private static final List<Target> TARGETS = Stream.of("blue", "red", "tenant-1", "tenant-2", "db", "x", "x1", "")
            .flatMap(name -> Stream.of("br0", "br1", "veth1")
                    .map(device -> new Target(
                            Optional.of(name).filter(each -> !each.isEmpty()),
                            LABELS.getOrDefault(name, Map.of()),
                            device)))
            .toList();

    record Case(PolicyDiff.Side was, PolicyDiff.Side now, List<Traffic> traffic) {
        Stream<Policy> policies() {
            return Stream.of(was, now).flatMap(side -> side.policies().policies().stream());
        }

        @Override
        public String toString() {
            return "unselected " + was.unselected() + "\n" + was.policies().canonicalText() + "---- unselected "
                    + now.unselected() + "\n" + now.policies().canonicalText();
        }
    }

    @Provide
    Arbitrary<Case> cases() {
        Arbitrary<Verdict> verdicts = Arbitraries.of(Verdict.ALLOW, Verdict.ALLOW, Verdict.DENY);
        return Combinators.combine(
                        policies(), policies(), Arbitraries.integers().between(0, 999), verdicts, verdicts)
                .flatAs((policies, others, how, unselected, other) -> {
                    List<Policy> now = how % 4 == 0 ? others : changed(policies, how);
                    List<Policy> both =
                            Stream.concat(policies.stream(), now.stream()).toList();
                    return Scenarios.traffic(both)
                            .list()
                            .ofSize(24)
                            .map(traffic -> new Case(
                                    new PolicyDiff.Side(new PolicySet(policies), unselected),
                                    new PolicyDiff.Side(new PolicySet(now), how % 3 == 0 ? other : unselected),
                                    traffic));
                });
    }

    private static Arbitrary<List<Policy>> policies() {
        return Combinators.combine(
                        Scenarios.policies(), Arbitraries.of(SELECTORS).list().ofSize(4))
                .as((policies, selectors) -> IntStream.range(0, policies.size())
                        .mapToObj(i -> with(policies.get(i), selectors.get(i)))
                        .toList());
    }

    /// One policy of them changed in one way.
    private static List<Policy> changed(List<Policy> policies, int how) {
        if (policies.isEmpty()) {
            return policies;
        }
        List<Policy> changed = new ArrayList<>(policies);
        int which = how % policies.size();
        Policy old = policies.get(which);
        changed.set(
                which,
                switch (how % 7) {
                    case 0 -> with(old, Policy.MAX_PRIORITY - old.priority(), old.mode(), old.ingress());
                    case 1 ->
                        with(old, old.priority(), old.mode() == Mode.AUDIT ? Mode.ENFORCE : Mode.AUDIT, old.ingress());
                    case 2 ->
                        with(
                                old,
                                old.priority(),
                                old.mode(),
                                new Section(Optional.empty(), old.ingress().rules()));
                    case 3 -> with(old, SELECTORS.get(how % SELECTORS.size()));
                    default -> with(old, old.priority(), old.mode(), withoutRule(old.ingress(), how / 7));
                });
        return changed;
    }

    private static Section withoutRule(Section section, int which) {
        List<Rule> rules = new ArrayList<>(section.rules());
        if (!rules.isEmpty()) {
            rules.remove(which % rules.size());
        }
        return new Section(section.fallback(), rules);
    }

    private static Policy with(Policy policy, Selector selector) {
        return new Policy(
                policy.name(),
                policy.file(),
                policy.priority(),
                policy.mode(),
                policy.onChange(),
                selector,
                policy.ingress(),
                policy.egress(),
                policy.position());
    }

    private static Policy with(Policy policy, int priority, Mode mode, Section ingress) {
        return new Policy(
                policy.name(),
                policy.file(),
                priority,
                mode,
                policy.onChange(),
                policy.appliesTo(),
                ingress,
                policy.egress(),
                policy.position());
    }

    @Property(tries = 1000, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
    void linesNameExactlyWhatChanges(@ForAll("cases") Case each) throws DiffLimitException {
        PolicyDiff diff = PolicyDiff.compare(each.was, each.now, NAMING, Optional.empty(), Integer.MAX_VALUE);
        for (Traffic traffic : each.traffic) {
            BitSet holders = holders(diff, each, traffic);
            for (Target target : TARGETS) {
                BitSet endpoints = endpoints(diff, each, target);
                Decision was = judge(each.was, target, traffic);
                Decision now = judge(each.now, target, traffic);
                List<Flip> naming = diff.flips().entrySet().stream()
                        .filter(flip -> flip.getValue().intersects(endpoints))
                        .map(Map.Entry::getKey)
                        .filter(flip -> names(flip, holders, traffic))
                        .toList();
                assertEquals(was.verdict() == now.verdict() ? 0 : 1, naming.size(), () -> target + ", " + traffic);
                for (Flip flip : naming) {
                    assertEquals(was.verdict(), flip.was().verdict());
                    assertEquals(now.verdict(), flip.now().verdict());
                    assertTrue(flip.was().others() > 0 || flip.was().rules().contains(was.id()), flip::toString);
                    assertTrue(flip.now().others() > 0 || flip.now().rules().contains(now.id()), flip::toString);
                }
            }
        }
        for (DiffLine line : diff.lines()) {
            assertFalse(line.endpoints().isEmpty() || line.peers().isEmpty(), line::toString);
            assertFalse(line.services().in().isEmpty(), line::toString);
            line.peers().forEach(peers -> assertFalse(peers.addresses().in().isEmpty(), line::toString));
        }
    }

    private static boolean names(Flip flip, BitSet holders, Traffic traffic) {
        return flip.direction() == traffic.direction()
                && holds(flip.services(), service -> service.matches(traffic.protocol(), traffic.port()))
                && flip.peers().stream()
                        .anyMatch(where -> where.holders().intersects(holders)
                                && holds(where.addresses(), peer -> PolicyEvaluator.matches(peer, traffic)));
    }

    private static <T> boolean holds(Cover<T> cover, Predicate<T> matches) {
        return cover.in().stream().anyMatch(matches) && cover.but().stream().noneMatch(matches);
    }

    private static Decision judge(PolicyDiff.Side side, Target target, Traffic traffic) {
        List<Policy> selecting = side.policies().selecting(target);
        boolean judged = target.namespace().isPresent() || !selecting.isEmpty();
        return PolicyEvaluator.evaluate(selecting, judged ? side.unselected() : Verdict.ALLOW, traffic);
    }

    /// The classes of whose endpoints no selector and no pattern tells the target.
    private static BitSet endpoints(PolicyDiff diff, Case of, Target target) {
        List<Selector> selectors = of.policies().map(Policy::appliesTo).toList();
        return Endpoints.set(
                IntStream.range(0, diff.endpoints().size())
                        .mapToObj(diff.endpoints()::target)
                        .toList(),
                like -> like.namespace().isPresent() == target.namespace().isPresent()
                        && selectors.stream().allMatch(each -> each.matches(like) == each.matches(target)));
    }

    private static BitSet holders(PolicyDiff diff, Case of, Traffic traffic) {
        List<Peer.Holding> peers = of.policies()
                .flatMap(policy -> Stream.of(policy.ingress(), policy.egress()))
                .flatMap(section -> section.rules().stream())
                .flatMap(rule -> rule.peers().stream())
                .filter(Peer.Holding.class::isInstance)
                .map(Peer.Holding.class::cast)
                .toList();
        Optional<Holder> holder = traffic.holder();
        return Endpoints.set(
                IntStream.range(0, diff.holders().size())
                        .mapToObj(diff.holders()::holder)
                        .toList(),
                like -> peers.stream()
                        .allMatch(peer -> like.filter(peer::names).isPresent()
                                == holder.filter(peer::names).isPresent()));
    }
}
