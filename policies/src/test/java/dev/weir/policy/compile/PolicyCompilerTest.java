// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.OnChange;
import dev.weir.abi.Verdict;
import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import dev.weir.policy.Holder;
import dev.weir.policy.Mode;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.Rule;
import dev.weir.policy.Section;
import dev.weir.policy.Selector;
import dev.weir.policy.Service;
import dev.weir.policy.SourcePosition;
import dev.weir.policy.gen.Chains;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PolicyCompilerTest {
    private static final int LIMIT = 4 << 20;
    private static final SourcePosition NOWHERE = new SourcePosition(1, 1);

    @Test
    void namespacesThatNoRuleNamesLeaveTheImageAsItIs() {
        Policy policy = policy(
                List.of(rule(1, new Service(Service.TCP, 80, 80), new Peer.NamespaceSelector(new Glob("red*")))));
        PolicyImage alone = compile(policy, List.of(holder(2, "red")));
        PolicyImage among =
                compile(policy, List.of(holder(9, "green"), holder(2, "red"), HolderRef.HOST, holder(3, "blue")));
        assertEquals(alone, among);
        assertEquals(3, among.holderCount());
        assertNotEquals(alone, compile(policy, List.of(holder(2, "red"), holder(9, "red9"))));
    }

    @Test
    void numbersOfHoldersAreBoundedAndTheHostHasItsOwn() {
        assertThrows(IllegalArgumentException.class, () -> holder(0, "zero"));
        assertThrows(IllegalArgumentException.class, () -> holder(1 << 20, "high"));
        assertThrows(IllegalArgumentException.class, () -> holder(HolderRef.HOST.number(), "no host"));
        assertThrows(IllegalArgumentException.class, () -> new HolderRef(2, new Holder.Host()));
    }

    /// Each address has a list of its own with all ports of the outer prefix in it: 80,000 bytes 10,000 times.
    @Test
    void nestedPrefixesThatMultiplyAreRefusedByName() {
        List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            rules.add(rule(rules.size(), new Service(Service.TCP, i, i), Cidr.around(v4(10 << 24), 8)));
            rules.add(rule(rules.size(), new Service(Service.UDP, i, i), Cidr.of(v4((10 << 24) + i))));
        }
        Compilation.TooLarge tooLarge = assertInstanceOf(
                Compilation.TooLarge.class,
                new PolicyCompiler(Verdict.ALLOW, LIMIT).compile(List.of(policy(rules)), List.of()));
        assertEquals(
                "cannot compile big (big.yaml) into one image: it would need more than 4194304 bytes;"
                        + " use fewer rules with many services on prefixes that contain many others",
                tooLarge.message());
    }

    /// The image would be small, since the inner rules hide nearly all of the outer ones; only the work multiplies.
    @Test
    void workThatLeavesNothingBehindIsBoundedToo() {
        List<Rule> rules = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            rules.add(rule(rules.size(), new Service(Service.TCP, 0, 65534), Cidr.of(v4((10 << 24) + i))));
        }
        for (int i = 0; i < 30_000; i++) {
            rules.add(rule(rules.size(), new Service(Service.TCP, 2 * i, 2 * i), Cidr.around(v4(10 << 24), 8)));
        }
        Compilation.TooLarge tooLarge = assertInstanceOf(
                Compilation.TooLarge.class,
                new PolicyCompiler(Verdict.ALLOW, LIMIT).compile(List.of(policy(rules)), List.of()));
        assertEquals("the rules overlap too much to be laid out in reasonable time", tooLarge.reason());
    }

    @Test
    void hundredThousandPrefixesFit() {
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            peers.add(Cidr.of(v4(2 * i)));
        }
        Rule rule = new Rule("many", Verdict.DENY, List.of(Service.ANY), peers, false, NOWHERE);
        PolicyChain chain = Chains.compile(List.of(policy(List.of(rule))), Verdict.ALLOW, List.of(), LIMIT);
        ImageSearch search = new ImageSearch(chain);
        for (int i = 0; i < 200_000; i++) {
            Verdict verdict = search.find(Direction.INGRESS, v4(i), 0, 6, 80).verdict();
            assertEquals(i % 2 == 0 ? Verdict.DENY : Verdict.ALLOW, verdict, "address " + v4(i));
        }
        assertTrue(chain.size() < 2_000_000, chain::toString);
    }

    @Test
    void equalListsAreStoredOnce() {
        List<Rule> rules = new ArrayList<>();
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            peers.add(Cidr.around(v4(i << 16), 16));
            peers.add(Cidr.around(IpAddress.parse("2001:db8:" + Integer.toHexString(2 * i) + "::"), 48));
        }
        rules.add(new Rule("one", Verdict.DENY, List.of(Service.ANY), peers, false, NOWHERE));
        long lists = compile(policy(rules), List.of())
                .dump()
                .lines()
                .filter(line -> line.startsWith("list"))
                .count();
        assertEquals(1, lists);
    }

    @Test
    void heavyPolicyIsOneImageForAllItsEndpoints() {
        List<Rule> many = new ArrayList<>();
        for (int i = 0; i < PolicyCompiler.HEAVY; i++) {
            many.add(rule(i, Service.ANY, Cidr.of(v4(i))));
        }
        Policy heavy = policy("b-heavy", many, Optional.empty());
        Policy first = policy("a-first", List.of(rule(0, Service.ANY, Cidr.of(v4(7)))), Optional.empty());
        Policy last = policy("c-last", List.of(rule(0, Service.ANY, Cidr.of(v4(8)))), Optional.of(Verdict.DENY));
        PolicyCompiler compiler = new PolicyCompiler(Verdict.ALLOW, LIMIT);
        PolicyChain alone = chain(compiler.compile(List.of(heavy), List.of()));
        PolicyChain among = chain(compiler.compile(List.of(first, heavy, last), List.of(HolderRef.HOST)));
        assertEquals(2, alone.layers().size());
        assertEquals(3, among.layers().size());
        assertSame(alone.layers().getFirst(), among.layers().get(1));
    }

    @Test
    void changeCompilesAgainOnlyWhatItChanged() {
        Policy kept = policy("kept", List.of(rule(0, Service.ANY, Cidr.of(v4(7)))), Optional.empty());
        Policy changed = policy("changed", List.of(rule(0, Service.ANY, Cidr.of(v4(8)))), Optional.empty());
        PolicyCompiler compiler = new PolicyCompiler(Verdict.ALLOW, LIMIT);
        PolicyImage before =
                chain(compiler.compile(List.of(kept), List.of())).layers().getFirst();
        compiler.compile(List.of(changed), List.of());
        compiler.forgetUnused();
        PolicyImage after = chain(compiler.compile(List.of(kept), List.of(holder(5, "newcomer"))))
                .layers()
                .getFirst();
        assertSame(before, after);
        compiler.compile(List.of(changed), List.of());
        compiler.forgetUnused();
        compiler.forgetUnused();
        assertNotSame(
                before,
                chain(compiler.compile(List.of(kept), List.of())).layers().getFirst());
    }

    @Test
    void moreHeavyPoliciesThanAChainHasRoomForAreLaidEndToEnd() {
        List<Policy> policies = new ArrayList<>();
        for (int i = 0; i < 2 * Limits.MAX_LAYERS; i++) {
            policies.add(policy("p%02d".formatted(i), List.of(rule(0, Service.ANY, Cidr.of(v4(i)))), Optional.empty()));
        }
        PolicyChain chain = Chains.compile(policies, Verdict.DENY, List.of(), LIMIT, 1);
        assertEquals(Limits.MAX_LAYERS - 1, chain.layers().size());
        ImageSearch search = new ImageSearch(chain);
        for (int i = 0; i < policies.size(); i++) {
            assertEquals(
                    "p%02d/ingress/#1".formatted(i),
                    search.find(Direction.INGRESS, v4(i), 0, 6, 80).id().toString());
        }
        assertEquals(
                Verdict.DENY,
                search.find(Direction.INGRESS, v4(policies.size()), 0, 6, 80).verdict());
    }

    private static PolicyImage compile(Policy policy, List<HolderRef> universe) {
        return Chains.compile(List.of(policy), Verdict.ALLOW, universe, LIMIT)
                .layers()
                .getFirst();
    }

    private static PolicyChain chain(Compilation compilation) {
        return assertInstanceOf(Compilation.Compiled.class, compilation).chain();
    }

    private static HolderRef holder(int number, String namespace) {
        return new HolderRef(number, Holder.Namespace.of(namespace));
    }

    private static Policy policy(List<Rule> rules) {
        return policy("big", rules, Optional.of(Verdict.ALLOW));
    }

    private static Policy policy(String name, List<Rule> rules, Optional<Verdict> fallback) {
        return new Policy(
                name,
                name + ".yaml",
                100,
                Mode.ENFORCE,
                OnChange.REEVALUATE,
                Selector.ofNamespaces(List.of(new Glob("*"))),
                new Section(fallback.map(verdict -> new Section.Default(verdict, NOWHERE)), rules),
                Section.EMPTY,
                NOWHERE);
    }

    private static Rule rule(int position, Service service, Peer peer) {
        return new Rule(Rule.labelOf(position + 1), Verdict.ALLOW, List.of(service), List.of(peer), false, NOWHERE);
    }

    private static IpAddress v4(int bits) {
        return IpAddress.ofV4(bits);
    }
}
