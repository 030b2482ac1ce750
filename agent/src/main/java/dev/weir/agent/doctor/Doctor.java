// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.doctor;

import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.view.DoctorView;
import dev.weir.agent.view.Finding;
import dev.weir.agent.view.StatusView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Looks at the host once, and finds what is wrong with it.
public final class Doctor {
    /// All that it knows to look for.
    private static final List<Function<HostState, List<Finding>>> CHECKS = List.of(
            Prerequisites::find,
            ProgramsOnDevices::find,
            Loopbacks::find,
            VethStates::find,
            VethAddresses::find,
            LeftBehind::find,
            DuplicateAddresses::find,
            OverlappingSubnets::find,
            Forwarding::find,
            Masquerade::find,
            KillSwitch::find,
            Throughput::find);

    /// More findings of one check are told as a number: whoever is root in a namespace can make them without end.
    static final int MAX_FINDINGS = 100;

    private Doctor() {}

    /// What it is asked about.
    ///
    /// @param configFile where the configuration is; empty where it is that of no file
    /// @param status what the agent says; null where none runs
    public record Asked(
            WeirConfig config,
            Optional<String> configFile,
            @Nullable StatusView status) {
        /// The command that starts an agent with this configuration.
        String run() {
            return "weir run"
                    + configFile.map(file -> " --config " + Quoted.of(file)).orElse("")
                    + (config.bpffs().equals(WeirConfig.DEFAULT.bpffs())
                            ? ""
                            : " --bpffs " + Quoted.of(config.bpffs().toString()));
        }
    }

    /// Reads the state of the host, which it does not change, and tells what is wrong.
    public static DoctorView examine(Asked asked) {
        return examine(HostReader.read(asked));
    }

    static DoctorView examine(HostState host) {
        List<String> notes = new ArrayList<>();
        host.unread().forEach(each -> notes.add("not looked at: " + each));
        List<Finding> findings = new ArrayList<>();
        for (Function<HostState, List<Finding>> check : CHECKS) {
            List<Finding> found = check.apply(host);
            findings.addAll(found.subList(0, Math.min(found.size(), MAX_FINDINGS)));
            if (found.size() > MAX_FINDINGS) {
                notes.add("%d more findings like `%s` are left out"
                        .formatted(
                                found.size() - MAX_FINDINGS,
                                found.get(MAX_FINDINGS).pitfall().word()));
            }
        }
        findings.sort(Comparator.comparing(Finding::severity));
        return new DoctorView(
                findings,
                host.spaces().size(),
                host.spaces().stream().mapToInt(space -> space.ports().size()).sum(),
                notes,
                host.machine().missingCapabilities().isEmpty());
    }
}
