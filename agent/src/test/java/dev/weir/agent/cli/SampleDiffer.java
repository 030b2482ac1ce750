// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.Direction;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.view.DiffView;
import dev.weir.agent.view.LiveDiffView;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.PoliciesView;
import dev.weir.agent.view.PolicyError;
import dev.weir.agent.view.Verdict;
import dev.weir.policy.Target;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Finds a change only where a namespace is named; cuts the first flow and lets the second finish.
final class SampleDiffer implements Wiring.Differ {
    private final List<PolicyError> errors;

    /// @param errors that files have, if any
    SampleDiffer(List<PolicyError> errors) {
        this.errors = errors;
    }

    @Override
    public DiffView compare(WeirConfig with, Path was, Path now, Optional<Target> only) throws RefusedPolicies {
        if (!errors.isEmpty()) {
            throw new RefusedPolicies(errors);
        }
        DiffView.Change change = new DiffView.Change(
                only.map(Target::name).orElse("-") + " ingress: any",
                List.of(only.map(Target::name).orElse("-")),
                Direction.INGRESS,
                new DiffView.Cover(List.of("any"), List.of()),
                List.of(),
                new DiffView.Answer(Verdict.ALLOW, List.of(), 0),
                new DiffView.Answer(Verdict.DENY, List.of(), 0));
        return only.isEmpty() ? new DiffView(List.of(), 0) : new DiffView(List.of(change), 2);
    }

    @Override
    public Wiring.FlowJudge candidate(WeirConfig with, Path now, List<NamespaceView> namespaces, PoliciesView inForce) {
        List<LiveDiffView.Fate> fates = new ArrayList<>(List.of(LiveDiffView.Fate.CUT, LiveDiffView.Fate.FINISH));
        return flow -> fates.isEmpty()
                ? Optional.empty()
                : Optional.of(new LiveDiffView.Stopped(
                        flow, fates.removeFirst(), Verdict.DENY, Direction.INGRESS, "new", "default"));
    }
}
