// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The agent at a glance.
/// @param version of the agent that answers
/// @param why the state is not `enforcing`, a sentence each: what is not enforced, and what keeps a newer generation
/// away
/// @param generation 0: no policy was ever applied
/// @param policyHash of the policies in force; null before the first generation
/// @param appliedAt when the generation came into force; null before the first
/// @param startedAt null when no agent runs and the pins were read
/// @param pid of the agent; null when no agent runs
/// @param vantages those that weir.yaml names; where no agent runs, those that have been looked at
/// @param devices all devices that policies and configuration select, enforced or not
/// @param drift what lasts, then what ended last, since the agent started
/// @param refusedAddresses how many addresses namespaces claim now and are not granted; [NamespaceView] tells which
/// @param lastError the last thing that went wrong and still matters; null when nothing does
public record StatusView(
        String version,
        State state,
        List<String> why,
        long generation,
        @Nullable String policyHash,
        @Nullable Instant appliedAt,
        @Nullable Instant startedAt,
        @Nullable Long pid,
        String policyDirectory,
        List<VantageView> vantages,
        List<DeviceView> devices,
        List<DriftView> drift,
        List<MapView> maps,
        int refusedAddresses,
        @Nullable String lastError) {

    /// Whether what is enforced is what the policy directory says.
    public enum State {
        ENFORCING,
        /// An older generation is enforced, everywhere: the directory has since become faulty, its policies do not
        /// fit, or no agent follows it.
        ENFORCING_OLDER,
        /// No policy is enforced, or not on every selected device.
        NOT_ENFORCING;

        /// The state of a host.
        ///
        /// @param missing what is not enforced
        /// @param older why what is enforced may be out of date
        public static State of(List<String> missing, List<String> older) {
            if (!missing.isEmpty()) {
                return NOT_ENFORCING;
            }
            return older.isEmpty() ? ENFORCING : ENFORCING_OLDER;
        }

        private final String word = Words.of(this);

        @JsonValue
        public String word() {
            return word;
        }
    }

    public StatusView {
        why = List.copyOf(why);
        vantages = List.copyOf(vantages);
        devices = List.copyOf(devices);
        drift = List.copyOf(drift);
        maps = List.copyOf(maps);
    }

    /// What is not enforced though it should be, a sentence each.
    public static List<String> missing(long generation, List<DeviceView> devices) {
        List<String> missing = new ArrayList<>();
        if (generation == 0) {
            missing.add("no policy is enforced yet");
        }
        for (DeviceView device : devices) {
            if (!device.attached()) {
                String error = device.error();
                missing.add("device %s (ifindex %d, vantage %s) of namespace %s is not enforced%s"
                        .formatted(
                                device.device(),
                                device.ifindex(),
                                device.vantage(),
                                device.namespace(),
                                error == null ? "" : ": " + error));
            }
        }
        return missing;
    }

    /// Whether every selected device is enforced.
    public boolean ready() {
        return state != State.NOT_ENFORCING;
    }

    /// The short form of this, for whoever asks every few seconds.
    public Readiness readiness() {
        return new Readiness(state, generation, why);
    }

    public record Readiness(State state, long generation, List<String> why) {
        public Readiness {
            why = List.copyOf(why);
        }
    }
}
