// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.List;

/// What is found in policy files.
///
/// @param errors any of them refuses all files
/// @param warnings what is allowed but surely a mistake
public record PolicyCheck(List<PolicyError> errors, List<PolicyError> warnings) {
    public PolicyCheck {
        errors = List.copyOf(errors);
        warnings = List.copyOf(warnings);
    }
}
