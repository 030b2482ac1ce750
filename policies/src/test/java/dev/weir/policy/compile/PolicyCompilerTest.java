// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Verdict;
import dev.weir.policy.Cidr;
import dev.weir.policy.Glob;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.Rule;
import dev.weir.policy.Section;
import dev.weir.policy.Service;
import dev.weir.policy.SourcePosition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PolicyCompilerTest {
    private static final int LIMIT = 4 << 20;

    @Test
    void namespacesThatNoRuleNamesLeaveTheImageAsItIs() {
        Policy policy = policy(
                List.of(rule(1, new Service(Service.TCP, 80, 80), new Peer.NamespaceSelector(new Glob("red*")))));
        PolicyImage alone = compile(policy, List.of(new NamespaceRef(2, "red")));
        PolicyImage among = compile(
                policy, List.of(new NamespaceRef(9, "green"), new NamespaceRef(2, "red"), new NamespaceRef(1, "blue")));
        assertEquals(alone, among);
        assertEquals(3, among.namespaceCount());
        assertNotEquals(alone, compile(policy, List.of(new NamespaceRef(2, "red"), new NamespaceRef(9, "red9"))));
    }

    @Test
    void namespaceNumbersAreBounded() {
        assertThrows(IllegalArgumentException.class, () -> new NamespaceRef(0, "zero"));
        assertThrows(IllegalArgumentException.class, () -> new NamespaceRef(1 << 20, "high"));
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
                PolicyCompiler.compile(List.of(policy(rules)), Verdict.ALLOW, List.of(), LIMIT));
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
                PolicyCompiler.compile(List.of(policy(rules)), Verdict.ALLOW, List.of(), LIMIT));
        assertEquals("the rules overlap too much to be laid out in reasonable time", tooLarge.reason());
    }

    @Test
    void hundredThousandPrefixesFit() {
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            peers.add(Cidr.of(v4(2 * i)));
        }
        Rule rule = new Rule("many", Verdict.DENY, List.of(Service.ANY), peers, new SourcePosition(1, 1));
        PolicyImage image = compile(policy(List.of(rule)), List.of());
        ImageSearch search = new ImageSearch(image);
        for (int i = 0; i < 200_000; i++) {
            Verdict verdict = image.rules()
                    .get(search.find(Direction.INGRESS, v4(i), 0, 6, 80))
                    .verdict();
            assertEquals(i % 2 == 0 ? Verdict.DENY : Verdict.ALLOW, verdict, "address " + v4(i));
        }
        assertTrue(image.size() < 2_000_000, image::toString);
    }

    @Test
    void equalListsAreStoredOnce() {
        List<Rule> rules = new ArrayList<>();
        List<Peer> peers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            peers.add(Cidr.around(v4(i << 16), 16));
            peers.add(Cidr.around(IpAddress.parse("2001:db8:" + Integer.toHexString(2 * i) + "::"), 48));
        }
        rules.add(new Rule("one", Verdict.DENY, List.of(Service.ANY), peers, new SourcePosition(1, 1)));
        long lists = compile(policy(rules), List.of())
                .dump()
                .lines()
                .filter(line -> line.startsWith("list"))
                .count();
        assertEquals(1, lists);
    }

    private static PolicyImage compile(Policy policy, List<NamespaceRef> universe) {
        return Images.compile(List.of(policy), Verdict.ALLOW, universe, LIMIT);
    }

    private static Policy policy(List<Rule> rules) {
        Section ingress = new Section(Optional.of(Verdict.ALLOW), rules);
        return new Policy("big", "big.yaml", 100, List.of(new Glob("*")), ingress, Section.EMPTY);
    }

    private static Rule rule(int position, Service service, Peer peer) {
        return new Rule(
                Rule.labelOf(position + 1), Verdict.ALLOW, List.of(service), List.of(peer), new SourcePosition(1, 1));
    }

    private static IpAddress v4(int bits) {
        return IpAddress.ofV4(bits);
    }
}
