// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import java.util.ArrayList;
import java.util.List;

/// The configuration is wrong; holds every error that was found.
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;
    private final ArrayList<String> errors;

    ConfigException(List<String> errors) {
        super(String.join("\n", errors));
        this.errors = new ArrayList<>(errors);
    }

    /// `file:line:column: what is wrong, what was expected`, in the order of the file.
    public List<String> errors() {
        return List.copyOf(errors);
    }
}
