// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.secret;

/// A file cannot be used. The message says which, why, and what to do.
public final class SecretException extends Exception {
    private static final long serialVersionUID = 1;
    private final boolean denied;

    SecretException(String message, boolean denied) {
        super(message);
        this.denied = denied;
    }

    /// Whether it is only that this user may not read it.
    public boolean isDenied() {
        return denied;
    }
}
