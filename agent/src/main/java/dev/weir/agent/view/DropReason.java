// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.weir.abi.Outcome;
import java.util.Optional;

/// Why a packet was dropped.
public enum DropReason {
    POLICY,
    SPOOF,
    MALFORMED,
    FRAGMENT,
    EXTENSION_HEADERS,
    L2,
    QUOTA,
    RATE;

    private final String word = Words.of(this);

    @JsonValue
    public String word() {
        return word;
    }

    /// Why the packets of an outcome were dropped; empty: they were not.
    public static Optional<DropReason> of(Outcome outcome) {
        return switch (outcome) {
            case PASS, ANSWER -> Optional.empty();
            case DROP_POLICY -> Optional.of(POLICY);
            case DROP_SPOOF -> Optional.of(SPOOF);
            case DROP_MALFORMED -> Optional.of(MALFORMED);
            case DROP_FRAGMENT -> Optional.of(FRAGMENT);
            case DROP_EXTENSIONS -> Optional.of(EXTENSION_HEADERS);
            case DROP_L2 -> Optional.of(L2);
            case DROP_QUOTA -> Optional.of(QUOTA);
            case DROP_RATE -> Optional.of(RATE);
        };
    }
}
