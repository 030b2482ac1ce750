// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.IpAddress;
import dev.weir.abi.OnChange;
import dev.weir.abi.Verdict;
import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import dev.weir.policy.Mode;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Rule;
import dev.weir.policy.Section;
import dev.weir.policy.Selector;
import dev.weir.policy.Service;
import dev.weir.policy.SourcePosition;
import dev.weir.policy.Target;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PolicyDiffTest {
    private static final SourcePosition NOWHERE = new SourcePosition(1, 1);
    private static final Service WEB = tcp(80);
    private static final Peer TEN = cidr("10.0.0.0", 8);

    @Test
    void samePoliciesInOtherWordsChangeNothing() throws DiffLimitException {
        Policy one = policy("one", "blue", Verdict.DENY, allow(List.of(tcp(80), tcp(81)), TEN));
        Policy two = policy("two", "blue", Verdict.DENY, allow(List.of(new Service(6, 80, 81)), TEN));
        assertEquals("", diff(List.of(one), List.of(two)));
    }

    @Test
    void newRuleIsOneLine() throws DiffLimitException {
        Policy old = policy("old", "blue", Verdict.DENY, allow(List.of(WEB), new Peer.Any()));
        Policy now = policy(
                "now",
                "blue",
                Verdict.DENY,
                allow(List.of(WEB, tcp(81), new Service(17, 8000, 8099)), TEN, cidr("2001:db8::", 32)),
                allow(List.of(WEB), new Peer.Any()));
        assertEquals(
                "blue ingress: tcp/81, udp/8000-8099 from 10.0.0.0/8, 2001:db8::/32: deny -> allow"
                        + " (was old/ingress/default, now now/ingress/#1)",
                diff(List.of(old), List.of(now)));
    }

    @Test
    void exceptionIsNamedAsOne() throws DiffLimitException {
        Rule ssh = rule(Verdict.DENY, List.of(tcp(22)), cidr("10.1.0.0", 16));
        assertEquals(
                """
                blue ingress: any from 10.0.0.0/8 but 10.1.0.0/16: deny -> allow \
                (was p/ingress/default, now p/ingress/#2)
                blue ingress: any but tcp/22 from 10.1.0.0/16: deny -> allow \
                (was p/ingress/default, now p/ingress/#2)""",
                diff(
                        List.of(policy("p", "blue", Verdict.DENY, ssh)),
                        List.of(policy("p", "blue", Verdict.DENY, ssh, allow(List.of(Service.ANY), TEN)))));
        assertEquals(
                "blue ingress: any from any but 10.0.0.0/8: allow -> reject"
                        + " (was p/ingress/default, now p/ingress/default)",
                diff(
                        List.of(policy("p", "blue", Verdict.ALLOW, allow(List.of(Service.ANY), TEN))),
                        List.of(policy("p", "blue", Verdict.REJECT, allow(List.of(Service.ANY), TEN)))));
    }

    @Test
    void holdersAreNamedWhereTheyMatter() throws DiffLimitException {
        Peer red = new Peer.NamespaceSelector(new Glob("red"));
        Rule fromRed = allow(List.of(WEB), red);
        assertEquals(
                "blue ingress: tcp/80 from namespace:red, host: deny -> allow (was p/ingress/default, now p/ingress/#1)",
                diff(
                        List.of(policy("p", "blue", Verdict.DENY)),
                        List.of(policy("p", "blue", Verdict.DENY, allow(List.of(WEB), red, new Peer.Host())))));
        assertEquals(
                "blue ingress: tcp/80 from 10.0.0.0/8 held by any but namespace:red: deny -> allow"
                        + " (was p/ingress/default, now p/ingress/#2)",
                diff(
                        List.of(policy("p", "blue", Verdict.DENY, fromRed)),
                        List.of(policy("p", "blue", Verdict.DENY, fromRed, allow(List.of(WEB), TEN)))));
        assertEquals(
                "blue ingress: tcp/80 from 10.0.0.0/8; namespace:red: deny -> allow"
                        + " (was p/ingress/default, now p/ingress/#1)",
                diff(
                        List.of(policy("p", "blue", Verdict.DENY)),
                        List.of(policy("p", "blue", Verdict.DENY, allow(List.of(WEB), TEN, red)))));
    }

    @Test
    void endpointsAreNamedAsPoliciesNameThem() throws DiffLimitException {
        Policy tenants = policy("t", "tenant-*", Verdict.DENY);
        Policy one = policy("a", "tenant-1", Verdict.ALLOW);
        assertEquals(
                "tenant-* but tenant-1 ingress: any from any: allow -> deny"
                        + " (was unselected/ingress, now t/ingress/default)",
                diff(List.of(one), List.of(one, tenants)));
        assertEquals(
                "any namespace but tenant-* ingress: any from any: allow -> deny"
                        + " (was unselected/ingress, now unselected/ingress)",
                PolicyDiff.compare(
                                new PolicyDiff.Side(new PolicySet(List.of(tenants)), Verdict.ALLOW),
                                new PolicyDiff.Side(new PolicySet(List.of(tenants)), Verdict.DENY),
                                Naming.NONE,
                                Optional.empty())
                        .lines()
                        .getFirst()
                        .toString());
        assertEquals(
                "", diff(List.of(one), List.of(one, tenants), Naming.NONE, Optional.of(Target.of("tenant-1", ""))));
        assertTrue(diff(List.of(one), List.of(one, tenants), Naming.NONE, Optional.of(Target.of("tenant-2", "")))
                .startsWith("tenant-2 ingress"));
    }

    @Test
    void labelsAndDevicesSelectToo() throws DiffLimitException {
        Naming naming = new Naming(
                List.of(new Glob("web-*")), name -> name.startsWith("web-") ? Map.of("tier", "web") : Map.of());
        Policy byLabel = with(
                policy("p", "x", Verdict.DENY),
                new Selector(List.of(), new TreeMap<>(Map.of("tier", "web")), List.of()));
        assertTrue(diff(List.of(), List.of(byLabel), naming, Optional.empty()).startsWith("label:tier=web ingress"));
        Policy byDevice = with(
                policy("p", "x", Verdict.DENY), new Selector(List.of(), new TreeMap<>(), List.of(new Glob("br*"))));
        assertTrue(diff(List.of(), List.of(byDevice)).startsWith("device br* ingress"));
        Policy both = with(
                policy("p", "x", Verdict.DENY),
                new Selector(List.of(new Glob("blue")), new TreeMap<>(), List.of(new Glob("br*"))));
        assertTrue(diff(List.of(both), List.of(byDevice)).startsWith("blue on device any device but br* ingress"));
    }

    @Test
    void unselectedIsNothingToADeviceThatNoPolicySelects() throws DiffLimitException {
        Policy onBridge = with(
                policy("p", "x", Verdict.DENY), new Selector(List.of(), new TreeMap<>(), List.of(new Glob("br0"))));
        PolicyDiff.Side nothing = new PolicyDiff.Side(PolicySet.EMPTY, Verdict.DENY);
        PolicyDiff.Side denies = new PolicyDiff.Side(new PolicySet(List.of(onBridge)), Verdict.DENY);
        List<String> lines = PolicyDiff.compare(nothing, denies, Naming.NONE, Optional.empty()).lines().stream()
                .map(DiffLine::toString)
                .toList();
        assertEquals(
                List.of(
                        "a bridge or uplink on device br0 ingress: any from any: allow -> deny"
                                + " (was unselected/ingress, now p/ingress/default)",
                        "a bridge or uplink on device br0 egress: any to any: allow -> deny"
                                + " (was unselected/egress, now unselected/egress)"),
                lines);
    }

    @Test
    void oneDeviceIsLookedAtAlone() throws DiffLimitException {
        Policy onBridges = with(
                policy("p", "x", Verdict.DENY), new Selector(List.of(), new TreeMap<>(), List.of(new Glob("br*"))));
        assertEquals(
                "device:br0 ingress: any from any: allow -> deny (was unselected/ingress, now p/ingress/default)",
                diff(List.of(), List.of(onBridges), Naming.NONE, Optional.of(Target.ofDevice("br0"))));
        assertEquals("", diff(List.of(), List.of(onBridges), Naming.NONE, Optional.of(Target.ofDevice("eth0"))));
        assertEquals("", diff(List.of(), List.of(onBridges), Naming.NONE, Optional.of(Target.of("blue", "veth-blue"))));
        assertTrue(diff(List.of(), List.of(onBridges), Naming.NONE, Optional.of(Target.of("blue", "br0")))
                .startsWith("blue ingress"));
    }

    @Test
    void auditIsAnAnswerToo() throws DiffLimitException {
        Policy enforced = policy("p", "blue", Verdict.DENY);
        Policy audited = new Policy(
                "p",
                "p.yaml",
                100,
                Mode.AUDIT,
                OnChange.REEVALUATE,
                enforced.appliesTo(),
                enforced.ingress(),
                enforced.egress(),
                NOWHERE);
        assertEquals(
                "blue ingress: any from any: audit -> deny (was p/ingress/default, now p/ingress/default)",
                diff(List.of(audited), List.of(enforced)));
    }

    @Test
    void oneOfTenThousandRules() throws DiffLimitException {
        List<Rule> rules = IntStream.range(0, 10_000)
                .mapToObj(i -> allow(
                        i % 2 == 0 ? List.of(tcp(i)) : List.of(WEB, tcp(443)),
                        i % 10 == 0
                                ? new Peer.Any()
                                : cidr(IpAddress.ofV4((10 << 24) + 16 * i).toString(), 28)))
                .collect(Collectors.toCollection(ArrayList::new));
        Policy old = policy("big", "blue", Verdict.DENY, rules.toArray(Rule[]::new));
        rules.set(5_001, allow(List.of(WEB, tcp(443), tcp(8443)), cidr("10.1.56.144", 29)));
        Policy now = policy("big", "blue", Verdict.DENY, rules.toArray(Rule[]::new));
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long start = threads.getCurrentThreadCpuTime(); // whatever else the machine has to do
        String changes = diff(List.of(old), List.of(now));
        long millis = (threads.getCurrentThreadCpuTime() - start) / 1_000_000;
        assertEquals("""
                blue ingress: tcp/8443 from 10.1.56.144/29: deny -> allow \
                (was big/ingress/default, now big/ingress/#5002)
                blue ingress: tcp/443 from 10.1.56.152/29: allow -> deny \
                (was big/ingress/#5002, now big/ingress/default)""", changes);
        assertTrue(millis < 5_000, () -> millis + " ms");
    }

    @Test
    void manyRulesThatGoAreToldTogether() throws DiffLimitException {
        Rule[] rules = IntStream.range(0, 5_000)
                .mapToObj(i -> allow(List.of(WEB), cidr(IpAddress.ofV4(2 * i).toString(), 32)))
                .toArray(Rule[]::new);
        PolicyDiff diff =
                compare(List.of(policy("p", "blue", Verdict.DENY, rules)), List.of(policy("p", "blue", Verdict.DENY)));
        assertEquals(1, diff.lines().size());
        assertTrue(diff.lines()
                .getFirst()
                .toString()
                .endsWith("(was p/ingress/#1 or 4999 others, now p/ingress/default)"));
    }

    @Test
    void linesAreCutAndTheRestCounted() throws DiffLimitException {
        Rule[] rules = IntStream.range(0, 2_000)
                .mapToObj(i ->
                        allow(List.of(tcp(2 * i)), cidr(IpAddress.ofV4(2 * i).toString(), 32)))
                .toArray(Rule[]::new);
        PolicyDiff diff =
                compare(List.of(policy("p", "blue", Verdict.DENY, rules)), List.of(policy("p", "blue", Verdict.DENY)));
        assertEquals(PolicyDiff.MAX_LINES, diff.lines().size());
        assertEquals(1_000, diff.omitted());
    }

    @Test
    void whatCannotBeComparedIsRefused() {
        List<Policy> policies = IntStream.range(0, 26)
                .mapToObj(i -> policy("p" + i, "*%c*%c*".formatted('a' + i, 'a' + (i + 7) % 26), Verdict.DENY))
                .toList();
        String message = assertThrows(DiffLimitException.class, () -> diff(List.of(), policies))
                .toString();
        assertTrue(message.contains("use fewer patterns"), message);
    }

    private static String diff(List<Policy> was, List<Policy> now) throws DiffLimitException {
        return diff(was, now, Naming.NONE, Optional.empty());
    }

    private static String diff(List<Policy> was, List<Policy> now, Naming naming, Optional<Target> only)
            throws DiffLimitException {
        return PolicyDiff.compare(side(was), side(now), naming, only).lines().stream()
                .map(DiffLine::toString)
                .collect(Collectors.joining("\n"));
    }

    private static PolicyDiff compare(List<Policy> was, List<Policy> now) throws DiffLimitException {
        return PolicyDiff.compare(side(was), side(now), Naming.NONE, Optional.empty());
    }

    private static PolicyDiff.Side side(List<Policy> policies) {
        return new PolicyDiff.Side(new PolicySet(policies), Verdict.ALLOW);
    }

    private static Policy policy(String name, String namespaces, Verdict fallback, Rule... rules) {
        List<Rule> numbered = IntStream.range(0, rules.length)
                .mapToObj(i -> new Rule(
                        Rule.labelOf(i + 1), rules[i].verdict(), rules[i].services(), rules[i].peers(), false, NOWHERE))
                .toList();
        return new Policy(
                name,
                name + ".yaml",
                100,
                Mode.ENFORCE,
                OnChange.REEVALUATE,
                Selector.ofNamespaces(List.of(new Glob(namespaces))),
                new Section(Optional.of(new Section.Default(fallback, NOWHERE)), numbered),
                Section.EMPTY,
                NOWHERE);
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
                NOWHERE);
    }

    private static Rule allow(List<Service> services, Peer... peers) {
        return rule(Verdict.ALLOW, services, peers);
    }

    private static Rule rule(Verdict verdict, List<Service> services, Peer... peers) {
        return new Rule("#1", verdict, services, Arrays.asList(peers), false, NOWHERE);
    }

    private static Service tcp(int port) {
        return new Service(Service.TCP, port, port);
    }

    private static Cidr cidr(String network, int length) {
        return new Cidr(IpAddress.parse(network), length);
    }
}
