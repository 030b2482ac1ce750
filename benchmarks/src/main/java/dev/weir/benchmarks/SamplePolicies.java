// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.abi.IpAddress;
import dev.weir.abi.Limits;
import dev.weir.abi.Verdict;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Target;
import dev.weir.policy.compile.Compilation;
import dev.weir.policy.compile.PolicyChain;
import dev.weir.policy.compile.PolicyCompiler;
import dev.weir.policy.yaml.PolicyLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Policies of any size. Peer `n` is a single address; neighbours never touch, so that no two of them merge
/// into one range.
final class SamplePolicies {
    /// Addresses between two peers; 100,000 of them fill 10.0.0.0/8.
    private static final int STRIDE = 160;

    private static final int FIRST = 0x0a000001; // 10.0.0.1
    /// Where the wires are; no sample rule names any of it.
    static final String EVERYTHING = "192.0.2.0/24";

    /// Where those of IPv6 are.
    static final String EVERYTHING_V6 = "2001:db8::/64";

    private static final long PREFIX_V6 = 0x2001_0db8_0000_0000L; // of 2001:db8::/64
    private static final String NAME = "sample";
    private static final int FILE_RULES = 40_000; // of five values each; a file holds 250,000
    private static final int FIRST_PORT = 1024;
    private static final int PORTS = 4096;

    private SamplePolicies() {}

    /// Denies what enters a namespace, but for `count` rules: one UDP port each from one address each.
    ///
    /// @param variant moves the ports, so that two variants have no rule in common
    static String rules(String namespace, int count, int variant) {
        return head(NAME, namespace) + rules(0, count, variant);
    }

    /// The same from as many addresses of IPv6.
    static String rulesV6(String namespace, int count) {
        return head(NAME, namespace) + rules(0, count, 0, SamplePolicies::peerV6);
    }

    /// The same in as many policies as it takes, since a file has room for so many rules only.
    static PolicySet ruleSet(String namespace, int count) {
        List<Policy> policies = new ArrayList<>();
        for (int first = 0; first < count; first += FILE_RULES) {
            String text = head(NAME + first, namespace) + rules(first, Math.min(count, first + FILE_RULES), 0);
            policies.addAll(parse(text).policies());
        }
        return new PolicySet(policies);
    }

    private static String rules(int first, int end, int variant) {
        return rules(first, end, variant, SamplePolicies::peer);
    }

    private static String rules(int first, int end, int variant, IntFunction<IpAddress> peer) {
        return IntStream.range(first, end)
                .mapToObj(n -> "    - {allow: udp/%d, from: %s}\n".formatted(port(n, variant), peer.apply(n)))
                .collect(Collectors.joining());
    }

    /// Denies what enters a namespace, but for one UDP port from `count` addresses, all in one rule.
    ///
    /// @param variant moves the addresses, so that two variants have none in common
    static String addresses(String namespace, int count, int variant) {
        return addresses(namespace, count, n -> blocked(n, variant));
    }

    /// The same from addresses of IPv6, which end in those of IPv4.
    static String addressesV6(String namespace, int count) {
        return addresses(namespace, count, n -> new IpAddress(PREFIX_V6, Integer.toUnsignedLong(FIRST + n * STRIDE)));
    }

    private static String addresses(String namespace, int count, IntFunction<IpAddress> address) {
        return head("addresses", namespace)
                + IntStream.range(0, count)
                        .mapToObj(n -> "        - " + address.apply(n) + "\n")
                        .collect(
                                Collectors.joining("", "    - allow: udp/%d\n      from:\n".formatted(FIRST_PORT), ""));
    }

    /// One of the policies above, with a last rule that lets anything in from a network.
    static String open(String policy, String network) {
        return policy + "    - {allow: any, from: %s}\n".formatted(network);
    }

    /// Denies what leaves a namespace for one UDP port, before any other policy.
    static String shut(String namespace, int port) {
        return """
                policy: shut
                priority: 0
                applies-to: {namespaces: ["%s"]}
                egress: {rules: [{deny: udp/%d}]}
                """.formatted(namespace, port);
    }

    /// How far it is from the first of `count` addresses of a list to where the next after the last would be.
    static int span(int count) {
        return count * STRIDE;
    }

    /// Denies what enters a namespace from `count` prefixes of four addresses, which hold no [#peer], before
    /// any other policy.
    static String prefixes(String namespace, int count) {
        return """
                policy: blocklist
                priority: 0
                applies-to: {namespaces: ["%s"]}
                ingress:
                  rules:
                    - deny: any
                      from: "set:blocklist"
                sets:
                  blocklist:
                """.formatted(namespace)
                + IntStream.range(0, count)
                        .mapToObj(n -> "    - %s/30\n".formatted(IpAddress.ofV4(FIRST - 1 + n * STRIDE + STRIDE / 2)))
                        .collect(Collectors.joining());
    }

    /// Denies what enters a namespace from the addresses of a set that stands in a file beside the policy.
    static String blocking(String namespace, String file) {
        return """
                policy: sample
                applies-to: {namespaces: ["%s"]}
                ingress:
                  default: allow
                  rules:
                    - deny: any
                      from: "set:blocklist"
                sets:
                  blocklist: {file: %s}
                """.formatted(namespace, file);
    }

    /// A file of addresses, one a line.
    static String blocklist(int count, int variant) {
        return IntStream.range(0, count)
                .mapToObj(n -> blocked(n, variant) + "\n")
                .collect(Collectors.joining());
    }

    /// The address of rule `n`.
    static IpAddress peer(int n) {
        return IpAddress.ofV4(FIRST + n * STRIDE);
    }

    /// The address of rule `n` of IPv6.
    static IpAddress peerV6(int n) {
        return IpAddress.parse("2001:db8:1::%x:%x".formatted(n, STRIDE));
    }

    /// Address `n` of a list; [#peer] in variant 0.
    static IpAddress blocked(int n, int variant) {
        return IpAddress.ofV4(FIRST + n * STRIDE + variant * STRIDE / 2);
    }

    /// The port of rule `n`; the one after it belongs to no rule of the same address.
    static int port(int n, int variant) {
        return FIRST_PORT + variant * PORTS + n % PORTS;
    }

    /// @throws IllegalArgumentException if the text is not a valid policy
    static PolicySet parse(String text) {
        return switch (PolicyLoader.parse("sample.yaml", text)) {
            case PolicyLoader.Loaded loaded -> loaded.policies();
            case PolicyLoader.Refused refused ->
                throw new IllegalArgumentException(
                        refused.diagnostics().getFirst().render());
        };
    }

    /// What judges a namespace by these policies.
    ///
    /// @throws IllegalArgumentException if its images would take more than half of the room for all
    static PolicyChain compile(PolicySet policies, String namespace) {
        Compilation compilation = new PolicyCompiler(Verdict.ALLOW, Limits.IMAGES_BYTES / 2)
                .compile(policies.selecting(Target.of(namespace, "veth")), List.of());
        return switch (compilation) {
            case Compilation.Compiled compiled -> compiled.chain();
            case Compilation.TooLarge tooLarge -> throw new IllegalArgumentException(tooLarge.message());
        };
    }

    private static String head(String name, String namespace) {
        return """
                policy: %s
                applies-to: {namespaces: ["%s"]}
                egress: {default: allow}
                ingress:
                  default: deny
                  rules:
                """.formatted(name, namespace);
    }
}
