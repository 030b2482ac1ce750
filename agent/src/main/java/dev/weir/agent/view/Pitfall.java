// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;

/// What can be wrong with a host that runs network namespaces, as `weir doctor` calls it.
public enum Pitfall {
    LOOPBACK_DOWN,
    VETH_DOWN,
    VETH_WITHOUT_ADDRESS,
    VETH_LEFT_BEHIND,
    STALE_NAME,
    DUPLICATE_ADDRESS,
    OVERLAPPING_SUBNETS,
    FORWARDING_OFF,
    NO_MASQUERADE,
    NO_KILL_SWITCH,
    XDP_ON_VETH,
    SEGMENTATION_OFF,
    RECEIVE_OFFLOAD_OFF,
    FOREIGN_PROGRAM,
    DUPLICATE_PROGRAM,
    MISSING_PROGRAM,
    NO_BPFFS,
    NO_CAPABILITIES,
    NO_BPF,
    NO_TCX;

    private final String word = Words.of(this);

    @JsonValue
    public String word() {
        return word;
    }
}
