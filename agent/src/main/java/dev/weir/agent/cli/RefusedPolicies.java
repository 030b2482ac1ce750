// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.agent.view.PolicyError;
import java.util.List;

/// The policies that a command needs have errors; the user is told them as `weir check` would.
public final class RefusedPolicies extends Exception {
    private static final long serialVersionUID = 1;
    private final transient List<PolicyError> errors;

    public RefusedPolicies(List<PolicyError> errors) {
        super(errors.size() + " errors in the policies");
        this.errors = List.copyOf(errors);
    }

    List<PolicyError> errors() {
        return errors;
    }
}
