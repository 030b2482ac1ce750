// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.flow;

import dev.weir.abi.Direction;
import dev.weir.agent.view.MeterSnapshot;
import dev.weir.agent.view.PoliciesView.PolicyView;
import dev.weir.agent.view.PoliciesView.RuleView;
import dev.weir.agent.view.PolicyError;
import dev.weir.agent.view.Verdict;
import dev.weir.policy.Glob;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.PolicySet;
import dev.weir.policy.Rule;
import dev.weir.policy.RuleId;
import dev.weir.policy.Section;
import dev.weir.policy.Service;
import dev.weir.yaml.Diagnostic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Policies and what is wrong with them, as users see them.
public final class PolicyViews {
    private static final int MAX_LISTED = 16;

    private PolicyViews() {}

    private record Key(Direction direction, String policy, String rule, Verdict action) {}

    /// Policies with what their rules decided, as these counts say.
    static List<PolicyView> of(List<Policy> policies, List<MeterSnapshot.Rule> counts) {
        Map<Key, long[]> sums = new HashMap<>();
        for (MeterSnapshot.Rule count : counts) {
            long[] sum = sums.computeIfAbsent(
                    new Key(count.direction(), count.policy(), count.rule(), count.action()), key -> new long[2]);
            sum[0] += count.packets();
            sum[1] += count.bytes();
        }
        return policies.stream().map(policy -> of(policy, sums)).toList();
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
                RuleId id = RuleId.of(policy, direction, rule);
                Verdict action = Verdict.of(rule.verdict());
                long[] sum = counted(policy, id, action, sums);
                rules.add(new RuleView(
                        direction,
                        rule.label(),
                        action,
                        listed(rule.services()),
                        listed(rule.peers()),
                        rule.position().line(),
                        sum[0],
                        sum[1]));
            }
            section.fallback().ifPresent(fallback -> {
                Verdict action = Verdict.of(fallback.verdict());
                long[] sum = counted(policy, RuleId.ofDefault(policy, direction), action, sums);
                rules.add(new RuleView(
                        direction,
                        RuleId.DEFAULT,
                        action,
                        Service.ANY.toString(),
                        new Peer.Any().toString(),
                        fallback.position().line(),
                        sum[0],
                        sum[1]));
            });
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
    private static long[] counted(Policy policy, RuleId id, Verdict action, Map<Key, long[]> sums) {
        Verdict counted = policy.isEnforced() || action.passes() ? action : Verdict.AUDIT;
        return sums.getOrDefault(new Key(id.direction(), id.policy(), id.rule(), counted), new long[2]);
    }

    /// As policies have them, the first of very many.
    private static String listed(List<?> all) {
        String first = all.stream().limit(MAX_LISTED).map(Object::toString).collect(Collectors.joining(", "));
        return all.size() <= MAX_LISTED ? first : first + " and " + (all.size() - MAX_LISTED) + " more";
    }
}
