// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.agent.netns.World;
import dev.weir.policy.Holder;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Target;
import dev.weir.yaml.Diagnostic;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the enforcer last did and saw, published after each turn as one value.
///
/// @param policies that are in force
/// @param policyNames of those that hold for each selected namespace, in the order of judgement
/// @param targets what policies may select
/// @param holders whoever may hold an address
/// @param diagnostics of the last attempt to load the directory; empty when it succeeded
/// @param world as it was last seen
/// @param selected the devices that should be enforced
/// @param deviceErrors why a device is not enforced, by ifindex
/// @param error what went wrong last and still matters; null when nothing does
/// @param reloads policy changes that came into force since the agent started
/// @param refused policy changes that were refused since the agent started
/// @param reloadNanos time that all reloads took together, from the news of a change to its being in force
public record Report(
        PolicySet policies,
        Map<String, List<String>> policyNames,
        List<Target> targets,
        List<Holder> holders,
        List<Diagnostic> diagnostics,
        World world,
        List<World.Device> selected,
        Map<Integer, String> deviceErrors,
        @Nullable String error,
        long reloads,
        long refused,
        long reloadNanos) {
    public Report {
        policyNames = Map.copyOf(policyNames);
        targets = List.copyOf(targets);
        holders = List.copyOf(holders);
        diagnostics = List.copyOf(diagnostics);
        selected = List.copyOf(selected);
        deviceErrors = Map.copyOf(deviceErrors);
    }
}
