// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.weir.abi.Outcome;
import java.util.Optional;

/// Why a packet was dropped.
public enum DropReason {
    POLICY(0),
    SPOOF(1),
    MALFORMED(2),
    FRAGMENT(3),
    EXTENSION_HEADERS(4),
    L2(5),
    QUOTA(6),
    RATE(7);

    private final int number;
    private final String word = Words.of(this);
    private final Optional<DropReason> self = Optional.of(this);

    DropReason(int number) {
        this.number = number;
    }

    /// Its place in tables, from 0 without a gap.
    int number() {
        return number;
    }

    @JsonValue
    public String word() {
        return word;
    }

    /// Why the packets of an outcome were dropped; empty: they were not.
    public static Optional<DropReason> of(Outcome outcome) {
        return switch (outcome) {
            case PASS, ANSWER -> Optional.empty();
            case DROP_POLICY -> POLICY.self;
            case DROP_SPOOF -> SPOOF.self;
            case DROP_MALFORMED -> MALFORMED.self;
            case DROP_FRAGMENT -> FRAGMENT.self;
            case DROP_EXTENSIONS -> EXTENSION_HEADERS.self;
            case DROP_L2 -> L2.self;
            case DROP_QUOTA -> QUOTA.self;
            case DROP_RATE -> RATE.self;
        };
    }
}
