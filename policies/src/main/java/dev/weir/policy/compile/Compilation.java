// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.policy.Policy;
import java.util.List;
import java.util.stream.Collectors;

/// What came of compiling the policies of one endpoint.
public sealed interface Compilation {
    /// It worked.
    record Compiled(PolicyChain chain) implements Compilation {}

    /// An image would not fit.
    ///
    /// @param policies all that were to be in it, in the order of judgement
    /// @param reason which bound would be passed
    record TooLarge(List<Policy> policies, String reason) implements Compilation {
        private static final int SHOWN = 5;

        /// One line for the user: what was attempted, why it failed and what to do.
        public String message() {
            String names = policies.stream()
                    .limit(SHOWN)
                    .map(policy -> policy.name() + " (" + policy.file() + ")")
                    .collect(Collectors.joining(", "));
            String more = policies.size() > SHOWN ? " and " + (policies.size() - SHOWN) + " more" : "";
            return "cannot compile " + names + more + " into one image: " + reason
                    + "; use fewer rules with many services on prefixes that contain many others";
        }
    }
}
