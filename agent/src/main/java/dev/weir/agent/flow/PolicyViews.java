// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.Direction;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.PoliciesView.PolicyView;
import dev.weir.agent.view.PoliciesView.RuleView;
import dev.weir.agent.view.PolicyError;
import dev.weir.agent.view.Verdict;
import dev.weir.policy.Glob;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Rule;
import dev.weir.policy.RuleId;
import dev.weir.policy.Section;
import dev.weir.yaml.Diagnostic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Policies and what is wrong with them, as users see them.
public final class PolicyViews {
    private PolicyViews() {}

    private record Key(Direction direction, String policy, String rule, Verdict action) {}

    /// The policies with what their rules decided, in all namespaces together.
    static List<PolicyView> of(PolicySet policies, List<MeterSnapshot.Rule> counts) {
        Map<Key, long[]> sums = new HashMap<>();
        for (MeterSnapshot.Rule count : counts) {
            long[] sum = sums.computeIfAbsent(
                    new Key(count.direction(), count.policy(), count.rule(), count.action()), key -> new long[2]);
            sum[0] += count.packets();
            sum[1] += count.bytes();
        }
        return policies.policies().stream().map(policy -> of(policy, sums)).toList();
    }

    /// What is wrong with policy files, as HTTP and commands show it.
    public static List<PolicyError> errors(List<Diagnostic> diagnostics) {
        return diagnostics.stream()
                .map(found -> new PolicyError(
                        found.file(), found.line(), found.column(), found.message(), found.sourceLine()))
                .toList();
    }

    private static PolicyView of(Policy policy, Map<Key, long[]> sums) {
        List<RuleView> rules = new ArrayList<>();
        for (Direction direction : Direction.values()) {
            Section section = policy.section(direction);
            for (Rule rule : section.rules()) {
                rules.add(view(policy, RuleId.of(policy, direction, rule), Verdict.of(rule.verdict()), sums));
            }
            section.fallback()
                    .ifPresent(fallback -> rules.add(
                            view(policy, RuleId.ofDefault(policy, direction), Verdict.of(fallback.verdict()), sums)));
        }
        return new PolicyView(
                policy.name(),
                policy.file(),
                policy.priority(),
                policy.mode().toString(),
                policy.onChange().toString(),
                policy.appliesTo().namespaces().stream().map(Glob::pattern).toList(),
                policy.appliesTo().labels(),
                policy.appliesTo().devices().stream().map(Glob::pattern).toList(),
                new PolicySet(List.of(policy)).hash(),
                rules);
    }

    /// What a policy in audit mode would not let pass is counted as `audit`.
    private static RuleView view(Policy policy, RuleId id, Verdict action, Map<Key, long[]> sums) {
        Verdict counted = policy.isEnforced() || action.passes() ? action : Verdict.AUDIT;
        long[] sum = sums.getOrDefault(new Key(id.direction(), id.policy(), id.rule(), counted), new long[2]);
        return new RuleView(id.direction(), id.rule(), action, sum[0], sum[1]);
    }
}
