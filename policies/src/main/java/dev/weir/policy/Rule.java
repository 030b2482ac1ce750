// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Verdict;
import java.util.List;

/// One rule: what it says about which services of which peers.
///
/// @param label its name, or `#` and its position in the section, from 1
/// @param verdict allow, deny or reject
/// @param services any one of them matches; never empty
/// @param peers any one of them matches; never empty
/// @param log whether each new flow that it decides about is an event
/// @param position of the rule in its file
public record Rule(
        String label, Verdict verdict, List<Service> services, List<Peer> peers, boolean log, SourcePosition position) {
    /// @throws IllegalArgumentException if a list is empty: such a rule would match nothing, which nobody means;
    ///     or if
    ///     no rule can say the verdict
    public Rule {
        checkAction(verdict);
        services = List.copyOf(services);
        peers = List.copyOf(peers);
        if (services.isEmpty() || peers.isEmpty()) {
            throw new IllegalArgumentException("rule " + label + " has no services or no peers");
        }
    }

    /// What an unnamed rule is called.
    public static String labelOf(int position) {
        return "#" + position;
    }

    static void checkAction(Verdict verdict) {
        if (verdict == Verdict.AUDIT) {
            throw new IllegalArgumentException("`audit` is a mode of policies, no rule says it");
        }
    }
}
