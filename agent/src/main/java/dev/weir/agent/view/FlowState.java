// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;

/// How far a flow has come: only its opener spoke, both sides did, or TCP is closing it.
public enum FlowState {
    NEW,
    ESTABLISHED,
    CLOSING;

    private final String word = Words.of(this);

    @JsonValue
    public String word() {
        return word;
    }
}
