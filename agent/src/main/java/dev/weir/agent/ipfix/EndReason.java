// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.ipfix;

/// Why a record is sent now: flowEndReason of RFC 5102, section 5.11.3.
enum EndReason {
    /// No packet came for a while.
    IDLE(1),
    /// It goes on, and has for a while.
    ACTIVE(2),
    /// TCP: both sides have ended it, or one has reset it.
    ENDED(3),
    /// Its device went, or the agent stops.
    FORCED(4);

    private final int number;

    EndReason(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }
}
