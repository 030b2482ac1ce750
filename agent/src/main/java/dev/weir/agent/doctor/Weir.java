// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.pins.Programs;
import dev.weir.bpf.DeviceHook;
import dev.weir.bpf.TcxAttachment;
import dev.weir.policy.PolicySet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What Weir itself has, and has been told.
///
/// @param run the command that starts an agent with this configuration
/// @param configFile where that is; empty where there is none
/// @param policies of the policy directory; none where it is faulty
/// @param pid of the agent; null where none runs
/// @param read whether the rest could be read
/// @param pinned whether maps of Weir are pinned
/// @param hooks what the host's devices carry at the hooks of TCX, but those that carry nothing
/// @param endpoints devices that the pinned maps know, by ifindex
/// @param ownLinks numbers of the links that are pinned where this Weir pins
/// @param unenforced devices that the agent says should be enforced and are not, with the reason
/// @param elsewhere directories with pins of other Weirs, by the numbers of the links in them
record Weir(
        String run,
        Optional<String> configFile,
        WeirConfig config,
        PolicySet policies,
        @Nullable Long pid,
        boolean read,
        boolean pinned,
        List<Hook> hooks,
        Set<Integer> endpoints,
        Set<Integer> ownLinks,
        Map<Integer, String> unenforced,
        Map<Integer, String> elsewhere) {
    Weir {
        hooks = List.copyOf(hooks);
        endpoints = Set.copyOf(endpoints);
        ownLinks = Set.copyOf(ownLinks);
        unenforced = Map.copyOf(unenforced);
        elsewhere = Map.copyOf(elsewhere);
    }

    /// Whether an agent runs.
    boolean agent() {
        return pid != null;
    }

    /// The commands that end the agent, if one runs, and start it.
    String restart() {
        return (pid == null ? "" : "kill %d && tail --pid=%d -f /dev/null; ".formatted(pid, pid)) + run;
    }

    /// What is attached at a hook, in the order of packets.
    record Hook(int ifindex, DeviceHook hook, List<Attached> chain) {
        Hook {
            chain = List.copyOf(chain);
        }

        boolean hasWeir() {
            return chain.stream().anyMatch(each -> each.program().owner() == Programs.Owner.WEIR);
        }

        /// Whether the one that is pinned is among them.
        boolean hasOwn(Weir weir) {
            return chain.stream()
                    .anyMatch(each -> weir.ownLinks().contains(each.at().linkId()));
        }
    }

    /// A program at its place.
    record Attached(TcxAttachment at, Programs.Program program) {}
}
