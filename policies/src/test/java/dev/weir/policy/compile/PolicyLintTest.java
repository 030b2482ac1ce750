// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.abi.OnChange;
import dev.weir.abi.Verdict;
import dev.weir.policy.AddressSet;
import dev.weir.policy.Cidr;
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
import dev.weir.policy.Service;
import dev.weir.policy.SourcePosition;
import dev.weir.policy.Target;
import dev.weir.policy.Traffic;
import dev.weir.policy.gen.Scenario;
import dev.weir.policy.gen.Scenarios;
import dev.weir.policy.yaml.PolicyLoader;
import dev.weir.yaml.Diagnostic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class PolicyLintTest {
    private static final SourcePosition NOWHERE = new SourcePosition(1, 1);

    @Property
    void whatIsSaidNeverToDecideNeverDecides(@ForAll("scenarios") Scenario scenario) throws Exception {
        for (Direction direction : Direction.values()) {
            List<Rule> rules = rules(scenario.policies(), direction);
            RuleReach reach = new RuleReach(rules, new Budget(1 << 24));
            for (Traffic traffic : scenario.traffic()) {
                int first = first(rules, traffic);
                assertFalse(first >= 0 && !reach.reaches(first), () -> "rule " + first + " decides " + traffic);
            }
        }
    }

    /// Every range of addresses and every range of services begins where a peer or a service begins or has just
    /// ended.
    @Property
    void amongAddressesExactlyTheRulesThatNeverDecideAreFound(@ForAll("policies") List<Policy> policies)
            throws Exception {
        List<Rule> rules = rules(policies, Direction.EGRESS).stream()
                .filter(rule -> rule.peers().stream().noneMatch(Peer.Holding.class::isInstance))
                .toList();
        List<IpAddress> addresses = new ArrayList<>(List.of(IpAddress.ofV4(0), new IpAddress(0, 0)));
        List<int[]> services = new ArrayList<>();
        for (Rule rule : rules) {
            rule.peers().forEach(peer -> beginnings(peer, addresses));
            for (Service service : rule.services()) {
                int protocol = Math.max(0, service.protocol());
                services.add(new int[] {protocol, service.first()});
                services.add(new int[] {protocol, Math.min(Service.MAX_PORT, service.last() + 1)});
                services.add(new int[] {Math.min(Service.MAX_PROTOCOL, protocol + 1), 0});
                services.add(new int[] {protocol, 0});
            }
            services.add(new int[] {0, 0});
        }
        BitSet decides = new BitSet();
        for (IpAddress address : addresses) {
            for (int[] service : services) {
                Traffic traffic = new Traffic(Direction.EGRESS, address, Optional.empty(), service[0], service[1]);
                int first = first(rules, traffic);
                if (first >= 0) {
                    decides.set(first);
                }
            }
        }
        RuleReach reach = new RuleReach(rules, new Budget(1 << 24));
        BitSet reached = new BitSet();
        IntStream.range(0, rules.size()).filter(reach::reaches).forEach(reached::set);
        assertEquals(decides, reached, rules::toString);
        for (int i = 0; i < rules.size(); i++) {
            if (!reach.reaches(i)) {
                assertFalse(reach.before(i).isEmpty());
                assertTrue(reach.before(i).length() <= i);
            }
        }
    }

    @Test
    void policiesThatMaySelectLessDoNotShadow() {
        assertEquals(List.of(), shadowed("{namespaces: [blue]}", "{namespaces: [blue, red]}"));
        assertEquals(List.of(), shadowed("{namespaces: [\"tenant-*\"]}", "{namespaces: [\"t*\"]}"));
        assertEquals(List.of(), shadowed("{namespaces: [\"*\"]}", "{devices: [br0]}"));
        assertEquals(List.of(), shadowed("{labels: {a: b, c: d}}", "{labels: {a: b}}"));
        assertEquals(List.of(), shadowed("{labels: {a: b}}", "{namespaces: [blue]}"));
    }

    @Test
    void policiesThatSelectAtLeastAsMuchShadow() {
        List<String> shadowed = List.of("b.yaml:2:19");
        assertEquals(shadowed, shadowed("{namespaces: [blue]}", "{namespaces: [blue]}"));
        assertEquals(shadowed, shadowed("{namespaces: [blue, red]}", "{namespaces: [red]}"));
        assertEquals(shadowed, shadowed("{namespaces: [\"t*\"]}", "{namespaces: [\"tenant-*\", tx]}"));
        assertEquals(shadowed, shadowed("{namespaces: [\"*\"]}", "{labels: {a: b}}"));
        assertEquals(shadowed, shadowed("{labels: {a: b}}", "{labels: {a: b, c: d}}"));
        assertEquals(shadowed, shadowed("{devices: [\"*\"]}", "{namespaces: [\"*\"]}"));
        assertEquals(shadowed, shadowed("{devices: [br0, br1]}", "{devices: [br1]}"));
    }

    @Test
    void selectorsAndPeersThatNothingMeetsAreNamed() {
        PolicySet policies = parse("p.yaml", """
                applies-to: {namespaces: [blue, green, "t?"], labels: {tier: db}, devices: [br0, "veth*"]}
                ingress:
                  rules:
                    - {allow: any, from: ["namespace:red", "namespace:x*", host, "label:tier=web", "label:tier=db"]}
                """);
        Map<String, String> web = Map.of("tier", "web");
        List<Diagnostic> found = PolicyLint.unmet(
                policies,
                List.of(new Target(Optional.of("blue"), web, "veth1"), Target.of("t1", "veth2")),
                List.of(new Holder.Host(), new Holder.Namespace("red", web)));
        assertEquals(
                List.of(
                        "p.yaml:1:1: warning: no namespace here is called `green`",
                        "p.yaml:1:1: warning: no device here is called `br0`",
                        "p.yaml:1:1: warning: no namespace here has the labels {tier=db}",
                        "p.yaml:4:7: warning: nothing here meets `namespace:x*`",
                        "p.yaml:4:7: warning: nothing here meets `label:tier=db`"),
                found.stream().map(Diagnostic::summary).toList());
    }

    @Test
    void largePoliciesAreLookedIntoInAMoment() {
        List<Cidr> blocked = IntStream.range(0, 100_000)
                .mapToObj(i -> Cidr.of(IpAddress.ofV4(i * 40_503)))
                .toList();
        List<Rule> rules = new ArrayList<>();
        rules.add(rule(0, Service.ANY, new Peer.InSet(new AddressSet("blocked", blocked))));
        for (int i = 1; i < 10_000; i++) {
            Service service = new Service(Service.TCP, i, i);
            rules.add(rule(i, service, i % 2 == 0 ? new Peer.Any() : Cidr.around(IpAddress.ofV4(i << 16), 16)));
        }
        rules.add(rule(10_000, new Service(Service.TCP, 2, 2), blocked.get(5)));
        PolicySet policies = new PolicySet(List.of(new Policy(
                "large",
                "large.yaml",
                100,
                Mode.ENFORCE,
                OnChange.REEVALUATE,
                Selector.ofNamespaces(List.of(new Glob("*"))),
                new Section(Optional.empty(), rules),
                new Section(Optional.empty(), rules),
                NOWHERE)));
        List<Diagnostic> found = assertTimeoutPreemptively(Duration.ofSeconds(10), () -> PolicyLint.warnings(policies));
        assertEquals(2, found.size(), found::toString);
    }

    @Provide
    Arbitrary<Scenario> scenarios() {
        return Scenarios.scenarios();
    }

    @Provide
    Arbitrary<List<Policy>> policies() {
        return Scenarios.policies();
    }

    /// Where rules of the second policy are said never to decide.
    private static List<String> shadowed(String first, String second) {
        String text = "\ningress: {rules: [{allow: tcp, from: host}]}\n";
        List<Policy> policies = new ArrayList<>();
        policies.addAll(parse("a.yaml", "applies-to: " + first + text).policies());
        policies.addAll(parse("b.yaml", "applies-to: " + second + text.replace("tcp", "tcp/80"))
                .policies());
        return PolicyLint.warnings(new PolicySet(policies)).stream()
                .map(found -> found.file() + ":" + found.line() + ":" + found.column())
                .toList();
    }

    private static PolicySet parse(String file, String text) {
        return assertInstanceOf(PolicyLoader.Loaded.class, PolicyLoader.parse(file, text))
                .policies();
    }

    private static Rule rule(int position, Service service, Peer peer) {
        return new Rule(Rule.labelOf(position + 1), Verdict.DENY, List.of(service), List.of(peer), false, NOWHERE);
    }

    private static List<Rule> rules(List<Policy> policies, Direction direction) {
        return policies.stream()
                .flatMap(policy -> policy.section(direction).rules().stream())
                .toList();
    }

    private static int first(List<Rule> rules, Traffic traffic) {
        return IntStream.range(0, rules.size())
                .filter(i -> PolicyEvaluator.matches(rules.get(i), traffic))
                .findFirst()
                .orElse(-1);
    }

    private static void beginnings(Peer peer, List<IpAddress> into) {
        if (peer instanceof Peer.InSet(AddressSet set)) {
            set.prefixes().forEach(prefix -> beginnings(prefix, into));
        } else if (peer instanceof Cidr cidr) {
            IpAddress last = cidr.last();
            into.add(cidr.network());
            into.add(new IpAddress(last.low() == -1 ? last.high() + 1 : last.high(), last.low() + 1));
        }
    }
}
