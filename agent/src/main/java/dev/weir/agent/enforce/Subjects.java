// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.netns.World;
import dev.weir.policy.Holder;
import dev.weir.policy.Policy;
import dev.weir.policy.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// What the policies in force are about on this host.
///
/// @param devices that should be enforced
/// @param targets every device that policies may select
/// @param holders whoever may hold an address
/// @param policyNames of those that hold for each selected namespace, in the order of judgement
public record Subjects(
        List<World.Device> devices, List<Target> targets, List<Holder> holders, Map<String, List<String>> policyNames) {
    /// Nothing is known yet.
    static final Subjects NONE = new Subjects(List.of(), List.of(), List.of(), Map.of());

    public Subjects {
        devices = List.copyOf(devices);
        targets = List.copyOf(targets);
        holders = List.copyOf(holders);
        policyNames = Map.copyOf(policyNames);
    }

    static Subjects of(WeirConfig config, Selection selection) {
        List<World.Device> devices = new ArrayList<>();
        Map<String, Set<Policy>> selecting = new HashMap<>();
        for (Selection.Chosen chosen : selection.chosen()) {
            devices.add(chosen.device());
            selecting
                    .computeIfAbsent(chosen.device().namespace(), absent -> new TreeSet<>(Policy.ORDER))
                    .addAll(chosen.policies());
        }
        selection.unfit().values().forEach(unfit -> devices.add(unfit.device()));
        List<Holder> holders = new ArrayList<>(List.of(new Holder.Host()));
        selection
                .world()
                .namespaces()
                .forEach(namespace -> holders.add(config.namespaces().holder(namespace.name())));
        Map<String, List<String>> names = new HashMap<>();
        selecting.forEach((namespace, of) ->
                names.put(namespace, of.stream().map(Policy::name).toList()));
        return new Subjects(devices, selection.known(), holders, names);
    }
}
