// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.DeviceKey;
import dev.weir.agent.netns.World;
import dev.weir.agent.owner.Refusal;
import dev.weir.agent.pins.Attachments;
import dev.weir.policy.PolicySet;
import dev.weir.yaml.Diagnostic;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the enforcer last did and saw, published after each turn as one value.
///
/// @param policies that are in force
/// @param subjects what they are about
/// @param diagnostics of the last attempt to load the directory; empty when it succeeded
/// @param warnings of reading those in force
/// @param world as it was last seen
/// @param refusedClaims claims of addresses that are not granted now, in order
/// @param refusedClaimCounts how many of them appeared since the agent started, by namespace
/// @param attachments which devices carry programs
/// @param drifts what is not as the enforcer made it
/// @param deviceErrors why a device is not enforced
/// @param withoutXdp why a device has no program in front though one is wanted
/// @param numbers which namespace each number stands for in the kernel
/// @param error what went wrong last and still matters; null when nothing does
/// @param reloads policy changes that came into force since the agent started
/// @param refused policy changes that were refused since the agent started
/// @param reloadNanos time that all reloads took together, from the news of a change to its being in force
public record Report(
        PolicySet policies,
        Subjects subjects,
        List<Diagnostic> diagnostics,
        List<Diagnostic> warnings,
        World world,
        List<Refusal> refusedClaims,
        Map<String, Long> refusedClaimCounts,
        Attachments attachments,
        Drifts drifts,
        Map<DeviceKey, String> deviceErrors,
        Map<DeviceKey, String> withoutXdp,
        Map<Integer, String> numbers,
        @Nullable String error,
        long reloads,
        long refused,
        long reloadNanos) {
    public Report {
        diagnostics = List.copyOf(diagnostics);
        warnings = List.copyOf(warnings);
        refusedClaims = List.copyOf(refusedClaims);
        refusedClaimCounts = Map.copyOf(refusedClaimCounts);
        deviceErrors = Map.copyOf(deviceErrors);
        withoutXdp = Map.copyOf(withoutXdp);
        numbers = Map.copyOf(numbers);
    }

    /// Before the first turn.
    static Report before(PolicySet policies) {
        return new Report(
                policies,
                Subjects.NONE,
                List.of(),
                List.of(),
                World.EMPTY,
                List.of(),
                Map.of(),
                Attachments.NONE,
                Drifts.NONE,
                Map.of(),
                Map.of(),
                Map.of(),
                null,
                0,
                0,
                0);
    }

    /// The same, but for what a check for drift found.
    Report checked(Attachments attached, Drifts found) {
        return new Report(
                policies,
                subjects,
                diagnostics,
                warnings,
                world,
                refusedClaims,
                refusedClaimCounts,
                attached,
                found,
                deviceErrors,
                withoutXdp,
                numbers,
                error,
                reloads,
                refused,
                reloadNanos);
    }
}
