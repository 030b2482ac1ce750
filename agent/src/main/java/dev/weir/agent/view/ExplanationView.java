// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the policy files say about one opening of a flow, and why.
/// @param service as `tcp/443` or `icmp/8/0`
/// @param device the host-side device; null: none was named
/// @param heldBy who is taken to hold the peer's address, `host` or a namespace; null: nobody
/// @param answer what decides
/// @param enforced what the enforced policies say, where the answer is `audit`; else null
/// @param policies that select the endpoint, in the order of judgement
/// @param near rules before the deciding one that nearly matched, the closest ones, in the order of judgement
/// @param nearCount of all such rules
/// @param notes what the answer takes for granted; sentences for people
public record ExplanationView(
        String namespace,
        @Nullable String device,
        Direction direction,
        IpAddress peer,
        @Nullable String heldBy,
        String service,
        Answer answer,
        @Nullable Answer enforced,
        List<Selected> policies,
        List<Near> near,
        int nearCount,
        List<String> notes) {
    /// A verdict and who says so.
    /// @param policy empty: `unselected` of weir.yaml
    /// @param place where the rule or default is written; null: in no policy
    /// @param match by which peer of the rule the outside is meant; null: no rule decided, or that is not known
    public record Answer(
            Verdict verdict,
            Direction direction,
            String policy,
            String rule,
            @Nullable Place place,
            @Nullable Match match) {
        /// `web/ingress/http`, or `unselected/ingress`.
        public String name() {
            return policy.isEmpty() ? rule + "/" + direction : policy + "/" + direction + "/" + rule;
        }
    }

    /// A place in a policy file; line and column are from 1.
    public record Place(String file, int line, int column) {
        @Override
        public String toString() {
            return file + ":" + line + ":" + column;
        }
    }

    /// A peer as it stands in a rule, and of a set the prefix that holds the address.
    public record Match(String peer, @Nullable String prefix) {
        @Override
        public String toString() {
            return prefix == null ? peer : peer + " (" + prefix + ")";
        }
    }

    /// A policy that selects the endpoint.
    /// @param mode `enforce` or `audit`
    /// @param place of its `applies-to`
    public record Selected(String policy, int priority, String mode, Place place) {}

    /// A rule that did not decide.
    /// @param verdict what it says
    /// @param mode of its policy: both may match where it is `audit`
    /// @param peers what it names, shortened
    /// @param services what it names, shortened
    public record Near(
            String policy,
            String rule,
            Verdict verdict,
            String mode,
            Place place,
            boolean peerMatches,
            boolean serviceMatches,
            @Nullable Match match,
            String peers,
            String services) {}
}
