// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import dev.weir.agent.cli.CommandFailure;
import dev.weir.agent.cli.ExitCode;
import dev.weir.agent.cli.RefusedPolicies;
import dev.weir.agent.cli.Wiring;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.flow.PolicyViews;
import dev.weir.agent.view.DiffView;
import dev.weir.agent.view.NamespaceView;
import dev.weir.agent.view.PoliciesView;
import dev.weir.agent.view.Verdict;
import dev.weir.policy.Glob;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Target;
import dev.weir.policy.diff.Answer;
import dev.weir.policy.diff.Cover;
import dev.weir.policy.diff.DiffLimitException;
import dev.weir.policy.diff.DiffLine;
import dev.weir.policy.diff.Naming;
import dev.weir.policy.diff.PolicyDiff;
import dev.weir.policy.yaml.PolicyDirectory;
import dev.weir.policy.yaml.PolicyLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// `weir diff`: compares policies in files with others, or with the flows that pass now.
final class Differences implements Wiring.Differ {
    @Override
    public DiffView compare(WeirConfig config, Path was, Path now, Optional<Target> only)
            throws CommandFailure, RefusedPolicies {
        WeirConfig.Namespaces namespaces = config.namespaces();
        Naming naming =
                new Naming(namespaces.labels().keySet().stream().map(Glob::new).toList(), namespaces::labels);
        try {
            PolicyDiff diff = PolicyDiff.compare(
                    new PolicyDiff.Side(load(was), config.unselected()),
                    new PolicyDiff.Side(load(now), config.unselected()),
                    naming,
                    only);
            return new DiffView(diff.lines().stream().map(Differences::view).toList(), diff.omitted());
        } catch (DiffLimitException e) {
            throw new CommandFailure(ExitCode.FAILED, "compare " + was + " with " + now + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Wiring.FlowJudge candidate(WeirConfig config, Path now, List<NamespaceView> namespaces, PoliciesView inForce)
            throws CommandFailure, RefusedPolicies {
        return new CandidateJudge(config, load(now), namespaces, inForce);
    }

    private static PolicySet load(Path path) throws RefusedPolicies {
        return switch (PolicyDirectory.load(List.of(path))) {
            case PolicyLoader.Loaded loaded -> loaded.policies();
            case PolicyLoader.Refused refused -> throw new RefusedPolicies(PolicyViews.errors(refused.diagnostics()));
        };
    }

    private static DiffView.Change view(DiffLine line) {
        return new DiffView.Change(
                line.toString(),
                line.endpoints(),
                line.direction(),
                view(line.services()),
                line.peers().stream()
                        .map(peers -> new DiffView.Peers(view(peers.addresses()), peers.holders()))
                        .toList(),
                view(line.was()),
                view(line.now()));
    }

    private static DiffView.Cover view(Cover<?> cover) {
        return new DiffView.Cover(
                cover.in().stream().map(Object::toString).toList(),
                cover.but().stream().map(Object::toString).toList());
    }

    private static DiffView.Answer view(Answer answer) {
        return new DiffView.Answer(
                Verdict.of(answer.verdict()),
                answer.rules().stream().map(Object::toString).toList(),
                answer.others());
    }
}
