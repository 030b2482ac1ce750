// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

/// Two sets of policies cannot be compared within the bounds; the message says which is passed and what to do.
public final class DiffLimitException extends Exception {
    private static final long serialVersionUID = 1L;

    DiffLimitException(String message) {
        super(message);
    }
}
