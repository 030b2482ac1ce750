// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.weir.abi.Direction;
import org.jspecify.annotations.Nullable;

/// What the kernel would do with a packet, and by what.
/// @param reason why it would be dropped; null: it passes
/// @param policy of the rule; empty: `unselected` of weir.yaml, or a rule without a counter of its own
/// @param rule that decides; null: none does
/// @param direction of the rule; null where there is none
/// @param generation of the policies by which it is judged
public record Judgement(
        Verdict verdict,
        @Nullable DropReason reason,
        String policy,
        @Nullable String rule,
        @Nullable Direction direction,
        Basis basis,
        long generation) {
    /// The rule name of what shares a counter because all were taken.
    public static final String OTHER = "other";

    /// What a judgement stands on.
    public enum Basis {
        /// The rules, anew.
        NEW,
        /// A live flow, which was given this verdict before.
        CACHED,
        /// A live flow from before the policies changed, which its policy lets finish.
        KEPT;

        private final String word = Words.of(this);

        @JsonValue
        public String word() {
            return word;
        }
    }

    /// Whether the rule is one of many that share a counter, so that its name is not known.
    public boolean isOther() {
        return policy.isEmpty() && OTHER.equals(rule);
    }

    /// `web/ingress/http`, `unselected/ingress`, `other`, or the reason to drop; `-` where nothing is to say.
    public String by() {
        if (rule == null) {
            return reason == null ? "-" : reason.word();
        }
        if (policy.isEmpty()) {
            return isOther() ? rule : rule + "/" + direction;
        }
        return policy + "/" + direction + "/" + rule;
    }
}
