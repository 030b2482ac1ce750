// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import java.util.Locale;

/// How far a flow has come; C side `enum weir_flow_state`. Numbers are the kernel's, from 0 without a gap.
public enum FlowState {
    /// Only its opener has spoken.
    NEW(0),
    /// Both sides have.
    ESTABLISHED(1),
    /// TCP: one side has sent FIN; or a change of policies has cut the flow.
    CLOSING(2),
    /// TCP: both have, or one has sent RST.
    CLOSED(3),
    /// TCP: the SYN was answered, and that not yet acknowledged.
    ANSWERED(4);

    private static final FlowState[] VALUES = values();

    private final int number;
    private final String word = name().toLowerCase(Locale.ROOT);

    FlowState(int number) {
        this.number = number;
    }

    /// The constant's number in maps and images.
    public int number() {
        return number;
    }

    /// In lower case, as users see it.
    @Override
    public String toString() {
        return word;
    }

    static FlowState of(int number) {
        return Layouts.constant(VALUES, number);
    }
}
