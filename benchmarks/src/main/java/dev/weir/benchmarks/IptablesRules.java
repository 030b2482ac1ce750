// SPDX-License-Identifier: Apache-2.0
package dev.weir.benchmarks;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What [SamplePolicies] says, as files for `iptables-restore`, of either kind.
final class IptablesRules {
    private IptablesRules() {}

    /// What is established, then a rule an address and port.
    ///
    /// @param variant moves the ports, so that two variants have no rule in common
    /// @param everything a network that may send anything
    static String list(int count, int variant, String everything) {
        return """
                *filter
                :INPUT ACCEPT [0:0]
                :FORWARD DROP [0:0]
                :OUTPUT ACCEPT [0:0]
                -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
                """
                + IntStream.range(0, count)
                        .mapToObj(n -> "-A FORWARD -s %s -p udp --dport %d -j ACCEPT\n"
                                .formatted(SamplePolicies.peer(n), SamplePolicies.port(n, variant)))
                        .collect(Collectors.joining())
                + "-A FORWARD -s %s -j ACCEPT\nCOMMIT\n".formatted(everything);
    }
}
