// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;

/// What became of a packet or a flow, or what a rule says of it. `AUDIT` passed, but would have been denied.
public enum Verdict {
    ALLOW(0),
    DENY(1),
    REJECT(2),
    AUDIT(3);

    private final int number;
    private final String word = Words.of(this);

    Verdict(int number) {
        this.number = number;
    }

    /// Its place in tables, from 0 without a gap.
    int number() {
        return number;
    }

    /// What the kernel calls so.
    public static Verdict of(dev.weir.abi.Verdict verdict) {
        return switch (verdict) {
            case ALLOW -> ALLOW;
            case DENY -> DENY;
            case REJECT -> REJECT;
            case AUDIT -> AUDIT;
        };
    }

    /// Whether packets with it go on.
    public boolean passes() {
        return this == ALLOW || this == AUDIT;
    }

    @JsonValue
    public String word() {
        return word;
    }
}
