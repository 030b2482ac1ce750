// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;

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
}
