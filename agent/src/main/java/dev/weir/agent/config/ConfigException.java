// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

import dev.weir.yaml.Diagnostic;
import java.util.List;
import java.util.stream.Collectors;

/// The configuration is wrong; holds every error that was found.
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;
    private final transient List<Diagnostic> errors;

    ConfigException(List<Diagnostic> errors) {
        super(errors.stream().map(Diagnostic::render).collect(Collectors.joining("\n")));
        this.errors = errors;
    }

    /// In the order of the file; the message is all of them, each with its line and a caret.
    public List<Diagnostic> errors() {
        return errors;
    }
}
