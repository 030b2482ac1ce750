// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.weir.abi.Direction;
import java.util.List;

/// What a set of policies would do to the flows that pass now.
/// @param flows that it would not let pass, the largest first; at most as many as were asked for
/// @param cut flows that would end, shown or not
/// @param finishing flows that it would not let pass, but that may finish
/// @param kept flows that it lets pass too
public record LiveDiffView(List<Stopped> flows, long cut, long finishing, long kept) {
    public LiveDiffView {
        flows = List.copyOf(flows);
    }

    /// What becomes of a flow: by `on-change` of the policy that lets it pass now.
    public enum Fate {
        CUT,
        /// Cut, and for TCP both sides are told.
        RESET,
        /// Goes on as long as it lives.
        FINISH;

        private final String word = Words.of(this);

        @JsonValue
        public String word() {
            return word;
        }
    }

    /// A flow that the policies would not let pass.
    /// @param verdict what they say: `deny` or `reject`
    /// @param policy who says so; empty: `unselected` of weir.yaml
    public record Stopped(FlowView flow, Fate fate, Verdict verdict, Direction direction, String policy, String rule) {}
}
