// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.abi.OnChange;
import dev.weir.abi.Verdict;
import dev.weir.policy.gen.Scenario;
import dev.weir.policy.gen.Scenarios;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

class ExplanationTest {
    private static final Target BLUE = Target.of("blue", "");
    private static final Service WEB = new Service(Service.TCP, 80, 80);
    private static final Service SSH = new Service(Service.TCP, 22, 22);
    private static final SourcePosition NOWHERE = new SourcePosition(1, 1);

    @Provide
    Arbitrary<Scenario> scenarios() {
        return Scenarios.scenarios();
    }

    @Property(tries = 500, shrinking = ShrinkingMode.BOUNDED)
    void decisionIsTheEvaluatorsAndWhatIsNearIsTrue(@ForAll("scenarios") Scenario scenario) {
        PolicySet set = new PolicySet(scenario.policies());
        for (Traffic traffic : scenario.traffic()) {
            Explanation explained = Explanation.of(set, BLUE, scenario.unselected(), traffic);
            Decision decision = PolicyEvaluator.evaluate(set.policies(), scenario.unselected(), traffic);
            assertEquals(decision, explained.decision());
            assertEquals(
                    decision.verdict() == Verdict.AUDIT, explained.enforced().isPresent());
            explained.enforced().ifPresent(enforced -> assertEquals(Verdict.ALLOW, enforced.verdict()));
            explained.peer().ifPresent(peer -> assertTrue(PolicyEvaluator.matches(peer.peer(), traffic)));
            for (Explanation.Near near : explained.near()) {
                assertEquals(
                        PolicyEvaluator.matchesPeer(near.rule(), traffic),
                        near.peer().isPresent());
                assertEquals(PolicyEvaluator.matchesService(near.rule(), traffic), near.service());
                assertTrue(near.peer().isPresent() || near.service());
                assertFalse(near.peer().isPresent()
                        && near.service()
                        && (near.policy().isEnforced() || decision.verdict() == Verdict.AUDIT));
            }
            assertTrue(explained.near().size() <= explained.nearCount());
            assertTrue(explained.near().size() == Math.min(Explanation.MAX_NEAR, explained.nearCount()));
            if (!explained.asksHolder() && traffic.holder().isEmpty()) {
                scenario.universe()
                        .forEach(holder -> assertEquals(
                                decision,
                                PolicyEvaluator.evaluate(
                                        set.policies(),
                                        scenario.unselected(),
                                        new Traffic(
                                                traffic.direction(),
                                                traffic.outside(),
                                                Optional.of(holder.holder()),
                                                traffic.protocol(),
                                                traffic.port())),
                                () -> holder + " matters, but it was not said"));
            }
        }
    }

    @Test
    void rulesBeforeTheDecisionThatNearlyMatchedAreInOrder() {
        PolicySet set = set(policy(
                "web",
                Mode.ENFORCE,
                rule(1, Verdict.ALLOW, SSH, Cidr.of(address("192.0.2.1"))),
                rule(2, Verdict.ALLOW, WEB, Cidr.of(address("192.0.2.9"))),
                rule(3, Verdict.ALLOW, SSH, Cidr.of(address("192.0.2.9"))),
                rule(4, Verdict.DENY, WEB, new Peer.Any()),
                rule(5, Verdict.ALLOW, WEB, Cidr.of(address("192.0.2.1")))));
        Explanation explained = Explanation.of(set, BLUE, Verdict.ALLOW, from("192.0.2.1", 80));
        assertEquals("deny by web/ingress/#4", words(explained.decision()));
        assertEquals(Optional.of(new PeerMatch(new Peer.Any(), Optional.empty())), explained.peer());
        assertEquals("#1 peer, #2 service", near(explained));
        assertEquals(2, explained.nearCount());
        assertFalse(explained.asksHolder());
    }

    @Test
    void auditTellsWhatTheEnforcedPoliciesSay() {
        PolicySet set = set(
                policy("a-trial", Mode.AUDIT, rule(1, Verdict.DENY, WEB, new Peer.Any())),
                policy("b-real", Mode.ENFORCE, rule(1, Verdict.ALLOW, WEB, new Peer.Any())));
        Explanation explained = Explanation.of(set, BLUE, Verdict.DENY, from("192.0.2.1", 80));
        assertEquals("audit by a-trial/ingress/#1", words(explained.decision()));
        assertEquals("allow by b-real/ingress/#1", words(explained.enforced().orElseThrow()));
    }

    @Test
    void ruleInAuditModeThatMatchedIsNearWhereAnEnforcedOneDecides() {
        PolicySet set = set(
                policy("a-trial", Mode.AUDIT, rule(1, Verdict.ALLOW, WEB, new Peer.Any())),
                policy("b-real", Mode.ENFORCE, rule(1, Verdict.DENY, WEB, new Peer.Any())));
        Explanation explained = Explanation.of(set, BLUE, Verdict.ALLOW, from("192.0.2.1", 80));
        assertEquals("deny by b-real/ingress/#1", words(explained.decision()));
        assertEquals("#1 peer and service", near(explained));
        assertEquals(Optional.empty(), explained.enforced());
    }

    @Test
    void longestPrefixOfTheSetIsNamed() {
        AddressSet office = new AddressSet(
                "office",
                List.of(
                        Cidr.around(address("192.0.2.0"), 24),
                        Cidr.around(address("192.0.2.0"), 28),
                        Cidr.around(address("2001:db8::"), 32)));
        PolicySet set = set(policy("web", Mode.ENFORCE, rule(1, Verdict.ALLOW, WEB, new Peer.InSet(office))));
        Explanation explained = Explanation.of(set, BLUE, Verdict.DENY, from("192.0.2.7", 80));
        assertEquals("set:office (192.0.2.0/28)", explained.peer().orElseThrow().toString());
    }

    @Test
    void holderIsAskedForOnlyWhereItCouldMatter() {
        Peer red = new Peer.NamespaceSelector(new Glob("red"));
        PolicySet set = set(policy(
                "web",
                Mode.ENFORCE,
                rule(1, Verdict.ALLOW, SSH, new Peer.Host()),
                rule(2, Verdict.ALLOW, WEB, red),
                rule(3, Verdict.DENY, Service.ofProtocol(Service.TCP), new Peer.Any())));
        assertTrue(
                Explanation.of(set, BLUE, Verdict.DENY, from("192.0.2.7", 80)).asksHolder());
        assertFalse(
                Explanation.of(set, BLUE, Verdict.DENY, from("192.0.2.7", 81)).asksHolder());
    }

    @Test
    void policiesThatSelectByDeviceAreNamedUnlessTheySelect() {
        Policy byDevice = new Policy(
                "bridge",
                "bridge.yaml",
                100,
                Mode.ENFORCE,
                OnChange.REEVALUATE,
                new Selector(List.of(), new TreeMap<>(), List.of(new Glob("veth-b*"))),
                Section.EMPTY,
                Section.EMPTY,
                NOWHERE);
        PolicySet set = set(byDevice);
        Traffic traffic = from("192.0.2.7", 80);
        assertEquals(
                List.of(byDevice),
                Explanation.of(set, BLUE, Verdict.DENY, traffic).byDevice());
        Explanation selected = Explanation.of(set, Target.of("blue", "veth-blue"), Verdict.DENY, traffic);
        assertEquals(List.of(), selected.byDevice());
        assertEquals(List.of(byDevice), selected.policies());
        assertEquals("deny by unselected/ingress", words(selected.decision()));
    }

    @Test
    void tenThousandRulesLeaveTheLastTen() {
        Rule[] rules = IntStream.rangeClosed(1, 10_000)
                .mapToObj(i -> rule(i, Verdict.ALLOW, new Service(Service.TCP, i, i), new Peer.Any()))
                .toArray(Rule[]::new);
        Explanation explained =
                Explanation.of(set(policy("web", Mode.ENFORCE, rules)), BLUE, Verdict.ALLOW, from("192.0.2.7", 10_000));
        assertEquals("allow by web/ingress/#10000", words(explained.decision()));
        assertEquals(9_999, explained.nearCount());
        assertEquals(
                IntStream.rangeClosed(9_990, 9_999).mapToObj(Rule::labelOf).toList(),
                explained.near().stream().map(near -> near.rule().label()).toList());
    }

    private static String words(Decision decision) {
        return decision.verdict() + " by " + decision.id();
    }

    private static String near(Explanation explained) {
        return explained.near().stream()
                .map(near -> {
                    List<String> what = new ArrayList<>();
                    near.peer().ifPresent(_ -> what.add("peer"));
                    if (near.service()) {
                        what.add("service");
                    }
                    return near.rule().label() + " " + String.join(" and ", what);
                })
                .collect(Collectors.joining(", "));
    }

    private static PolicySet set(Policy... policies) {
        return new PolicySet(List.of(policies));
    }

    private static Policy policy(String name, Mode mode, Rule... ingress) {
        return new Policy(
                name,
                name + ".yaml",
                100,
                mode,
                OnChange.REEVALUATE,
                Selector.ofNamespaces(List.of(new Glob("blue"))),
                new Section(Optional.empty(), List.of(ingress)),
                Section.EMPTY,
                NOWHERE);
    }

    private static Rule rule(int position, Verdict verdict, Service service, Peer peer) {
        return new Rule(
                Rule.labelOf(position),
                verdict,
                List.of(service),
                List.of(peer),
                false,
                new SourcePosition(position, 5));
    }

    private static Traffic from(String peer, int port) {
        return new Traffic(Direction.INGRESS, address(peer), Optional.empty(), Service.TCP, port);
    }

    private static IpAddress address(String text) {
        return IpAddress.parse(text);
    }
}
