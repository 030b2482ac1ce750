// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.config;

/// A value is not what its key expects; the message says what that is.
final class WrongValue extends Exception {
    private static final long serialVersionUID = 1;

    WrongValue(String message) {
        super(message);
    }

    WrongValue(String message, Throwable cause) {
        super(message, cause);
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
