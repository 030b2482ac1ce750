// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.agent.Log;
import dev.weir.policy.PolicySet;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import dev.weir.yaml.Diagnostic;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Policies on their way from the directory into force, and what became of the changes before. The enforcer's
/// own, for its one thread.
final class Reloads {
    private static final int SHORT_HASH = 12;
    private static final int MILLI = 1_000_000;

    private final PolicyDirectory directory;
    private PolicySet inForce;
    private PolicySet wanted; // other than `inForce` from when a change is read until it is in force
    private boolean due;
    private @Nullable String refusal;
    private List<Diagnostic> diagnostics = List.of();
    private List<Diagnostic> warnings;
    private long applied;
    private long refused;
    private long nanos;

    /// @param loaded what was read of the directory and is to be in force
    Reloads(PolicyDirectory directory, PolicyLoader.Loaded loaded) {
        this.directory = directory;
        this.inForce = loaded.policies();
        this.wanted = inForce;
        this.warnings = loaded.warnings();
    }

    /// Takes note that the directory has changed: it is read when a turn comes so far.
    void expect() {
        due = true;
    }

    /// Reads the directory, if it has changed. Policies that are not valid are told, and not wanted.
    ///
    /// @return the files of sets that were looked for; empty when nothing was read
    Optional<Set<Path>> read() {
        if (!due) {
            return Optional.empty();
        }
        PolicyLoader.Result read = directory.read();
        wanted = switch (read) {
            case PolicyLoader.Loaded loaded -> {
                diagnostics = List.of();
                warnings = loaded.warnings();
                refusal = null;
                yield loaded.policies();
            }
            case PolicyLoader.Refused invalid -> {
                refused++;
                diagnostics = invalid.diagnostics();
                Log.error("policies refused, the last good generation stays in force:");
                diagnostics.forEach(diagnostic -> Log.error(diagnostic.summary()));
                yield inForce;
            }
        };
        due = false;
        return Optional.of(read.setFiles());
    }

    /// What a turn is to bring into force.
    PolicySet wanted() {
        return wanted;
    }

    /// What is in force as far as this agent knows.
    PolicySet inForce() {
        return inForce;
    }

    /// What is wanted is in force.
    ///
    /// @param since the change, in nanoseconds
    void applied(long since) {
        if (wanted.equals(inForce)) {
            return;
        }
        inForce = wanted;
        applied++;
        nanos += since;
        Log.info("policies %s in force, %d ms after the change"
                .formatted(wanted.hash().substring(0, SHORT_HASH), since / MILLI));
    }

    /// What is wanted cannot be enforced. Returns whether that is given up, because it was a change of policies.
    boolean refuse(@Nullable String why) {
        if (wanted.equals(inForce)) {
            return false;
        }
        refused++;
        refusal = why;
        wanted = inForce;
        return true;
    }

    /// Why the last valid change could not be enforced; null when it could.
    @Nullable
    String refusal() {
        return refusal;
    }

    /// Errors of the directory as it is now.
    List<Diagnostic> diagnostics() {
        return diagnostics;
    }

    List<Diagnostic> warnings() {
        return warnings;
    }

    /// Changes that came into force.
    long applied() {
        return applied;
    }

    /// Changes that did not.
    long refused() {
        return refused;
    }

    /// Time that those took together that came into force.
    long nanos() {
        return nanos;
    }
}
