// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import java.util.Locale;

/// What a rule or a default says. The ordinal is `enum weir_verdict` of `abi.h`.
public enum Action {
    DENY,
    ALLOW;

    /// As written in policies: `allow` or `deny`.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
