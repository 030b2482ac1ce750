// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The agent at a glance.
/// @param version of the agent that answers
/// @param generation 0: no policy was ever applied
/// @param policyHash of the policies in force; null before the first generation
/// @param appliedAt when the generation came into force; null before the first
/// @param startedAt null when no agent runs and the pins were read
/// @param pid of the agent; null when no agent runs
/// @param devices all devices that policies and configuration select, enforced or not
/// @param refusedAddresses how many addresses namespaces claim now and are not granted; [NamespaceView] tells which
/// @param lastError the last thing that went wrong and still matters; null when nothing does
public record StatusView(
        String version,
        State state,
        long generation,
        @Nullable String policyHash,
        @Nullable Instant appliedAt,
        @Nullable Instant startedAt,
        @Nullable Long pid,
        String policyDirectory,
        List<DeviceView> devices,
        List<MapView> maps,
        int refusedAddresses,
        @Nullable String lastError) {

    /// Whether what is enforced is what the policy directory says.
    public enum State {
        ENFORCING,
        /// The last good generation is enforced; the directory has since become faulty, or no agent follows it.
        STALE,
        NOT_ENFORCING;

        private final String word = Words.of(this);

        @JsonValue
        public String word() {
            return word;
        }
    }

    public StatusView {
        devices = List.copyOf(devices);
        maps = List.copyOf(maps);
    }

    /// Whether every selected device is enforced.
    public boolean ready() {
        return unready().isEmpty();
    }

    /// Why the agent is not ready, a sentence each; empty when it is.
    public List<String> unready() {
        List<String> reasons = new ArrayList<>();
        if (state == State.NOT_ENFORCING) {
            reasons.add("no policy is enforced" + (lastError == null ? "" : ": " + lastError));
        }
        for (DeviceView device : devices) {
            if (!device.attached()) {
                String error = device.error();
                reasons.add("device %s (ifindex %d, vantage %s) of namespace %s is not enforced%s"
                        .formatted(
                                device.device(),
                                device.ifindex(),
                                device.vantage(),
                                device.namespace(),
                                error == null ? "" : ": " + error));
            }
        }
        return List.copyOf(reasons);
    }
}
