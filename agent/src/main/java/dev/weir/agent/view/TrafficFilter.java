// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Which flows or events pass: of each [Criterion] that is given they meet one value, and of each that
/// is given behind `not-` they meet none.
public final class TrafficFilter {
    /// Lets everything pass.
    public static final TrafficFilter ALL = new TrafficFilter(List.of());

    private final List<Predicate<Conversation>> conditions;

    private TrafficFilter(List<Predicate<Conversation>> conditions) {
        this.conditions = List.copyOf(conditions);
    }

    /// Takes the parameters that filter.
    static TrafficFilter take(Parameters in) {
        List<Predicate<Conversation>> conditions = new ArrayList<>();
        for (Criterion criterion : Criterion.values()) {
            List<Predicate<Conversation>> wanted = in.takeAll(criterion.word(), criterion::parse);
            if (!wanted.isEmpty()) {
                conditions.add(traffic -> anyOf(wanted, traffic));
            }
            List<Predicate<Conversation>> unwanted = in.takeAll(criterion.negated(), criterion::parse);
            if (!unwanted.isEmpty()) {
                conditions.add(traffic -> !anyOf(unwanted, traffic));
            }
        }
        return conditions.isEmpty() ? ALL : new TrafficFilter(conditions);
    }

    /// Whether the flow passes.
    public boolean matches(FlowRow flow) {
        return conditions.isEmpty() || meetsAll(flow); // of a whole table, without a look at each condition
    }

    /// Whether the flow passes.
    public boolean matches(FlowView flow) {
        return meetsAll(flow);
    }

    /// Whether the event passes. One that is about the agent meets no filter, and is shown where there
    /// is none.
    public boolean matches(EventView event) {
        EventView.Packet packet = event.packet();
        return packet == null ? conditions.isEmpty() : meetsAll(packet);
    }

    private boolean meetsAll(Conversation traffic) {
        for (Predicate<Conversation> condition : conditions) {
            if (!condition.test(traffic)) {
                return false;
            }
        }
        return true;
    }

    private static boolean anyOf(List<Predicate<Conversation>> alternatives, Conversation traffic) {
        for (Predicate<Conversation> each : alternatives) {
            if (each.test(traffic)) {
                return true;
            }
        }
        return false;
    }
}
