// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;

/// Seen from the endpoint: what leaves it, what enters it.
public enum Direction {
    EGRESS,
    INGRESS;

    private final String word = Words.of(this);

    @JsonValue
    public String word() {
        return word;
    }
}
