// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import dev.weir.abi.IpAddress;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What [SamplePolicies] says, as files for `nft -f`: each replaces all that its table held, in one transaction.
final class NftRules {
    /// The first line makes the table if it is not there, so that the second one can always empty it.
    private static final String HEAD = """
            table ip sample {}
            flush table ip sample
            delete table ip sample
            table ip sample {
            """;

    private NftRules() {}

    /// A rule an address and port in one chain.
    static String rules(int count, int variant) {
        return HEAD + "  chain in {\n    type filter hook forward priority 0; policy drop;\n"
                + IntStream.range(0, count)
                        .mapToObj(n -> "    ip saddr %s udp dport %d accept\n"
                                .formatted(SamplePolicies.peer(n), SamplePolicies.port(n, variant)))
                        .collect(Collectors.joining())
                + "  }\n}\n";
    }

    /// The same in a list that is searched for each packet, and a last one for what may send anything.
    ///
    /// @param everything a network that may send anything
    static String list(int count, String everything) {
        return rules(count, 0).replace("  }\n}\n", "    ip saddr %s accept\n  }\n}\n".formatted(everything));
    }

    /// The same as a map of intervals.
    static String map(int count, String everything) {
        return HEAD + verdicts(count, everything) + """
                  chain in {
                    type filter hook forward priority 0; policy drop;
                    ip saddr . th dport vmap @verdicts
                  }
                }
                """;
    }

    /// The same job as [SamplePolicies#rules] with flows that are counted: connection tracking, a map of
    /// intervals, and a set that grows by an element a flow.
    static String tracked(int count, String everything) {
        return HEAD + verdicts(count, everything) + """
                  set flows {
                    type inet_proto . ipv4_addr . inet_service . ipv4_addr . inet_service
                    size 1048576; flags dynamic,timeout; timeout 1s; counter
                  }
                  chain in {
                    type filter hook forward priority 0; policy drop;
                    update @flows { meta l4proto . ip saddr . th sport . ip daddr . th dport }
                    ct state established,related accept
                    ip saddr . th dport vmap @verdicts
                  }
                }
                """;
    }

    /// The same for IPv6: other addresses, and other words for them.
    static String trackedV6(int count, String everything) {
        return tracked(0, everything)
                .replace("elements = {\n", "elements = {\n" + elements(count, SamplePolicies::peerV6))
                .replace("table ip ", "table ip6 ")
                .replace("ipv4_addr", "ipv6_addr")
                .replace("ip saddr", "ip6 saddr")
                .replace("ip daddr", "ip6 daddr");
    }

    private static String verdicts(int count, String everything) {
        return "  map verdicts {\n    type ipv4_addr . inet_service : verdict; flags interval; elements = {\n"
                + elements(count, SamplePolicies::peer)
                + "      %s . 0-65535 : accept\n    }\n  }\n".formatted(everything);
    }

    private static String elements(int count, IntFunction<IpAddress> peer) {
        return IntStream.range(0, count)
                .mapToObj(n -> "      %s . %d : accept,\n".formatted(peer.apply(n), SamplePolicies.port(n, 0)))
                .collect(Collectors.joining());
    }

    /// One rule, and a set of addresses that can hold prefixes too.
    static String addresses(int count, int variant) {
        return HEAD + "  set blocklist {\n    type ipv4_addr; flags interval; elements = {\n"
                + IntStream.range(0, count)
                        .mapToObj(n -> "      " + SamplePolicies.blocked(n, variant))
                        .collect(Collectors.joining(",\n"))
                + "\n    }\n  }\n  chain in {\n    type filter hook forward priority 0; policy accept;\n"
                + "    ip saddr @blocklist drop\n  }\n}\n";
    }
}
