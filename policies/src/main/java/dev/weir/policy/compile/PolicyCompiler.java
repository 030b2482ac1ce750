// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.Direction;
import dev.weir.abi.ImageLayout;
import dev.weir.abi.Verdict;
import dev.weir.policy.Policy;
import dev.weir.policy.Rule;
import dev.weir.policy.RuleId;
import dev.weir.policy.Service;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Turns the policies of one endpoint into the image that its packets are judged by. The image gives the same answer as
/// [dev.weir.policy.PolicyEvaluator] for all traffic.
public final class PolicyCompiler {
    private final Budget budget;
    private final List<ImageRule> rules = new ArrayList<>();
    private final List<List<Service>> services = new ArrayList<>();

    private PolicyCompiler(int maxBytes) {
        this.budget = new Budget(maxBytes);
    }

    /// Compiles the policies of one endpoint. Takes time and memory in proportion to the rules and `maxBytes`, whatever
    /// the policies say.
    ///
    /// @param policies those that select the endpoint, in [Policy#ORDER]
    /// @param unselected what holds where no policy says anything
    /// @param universe the namespaces that may hold addresses; one that no rule names leaves the image as it is
    /// @param maxBytes what the image may weigh
    public static Compilation compile(
            List<Policy> policies, Verdict unselected, List<NamespaceRef> universe, int maxBytes) {
        try {
            return new Compilation.Compiled(new PolicyCompiler(maxBytes).image(policies, unselected, universe));
        } catch (Budget.ExceededException e) {
            return new Compilation.TooLarge(List.copyOf(policies), e.reason());
        }
    }

    private PolicyImage image(List<Policy> policies, Verdict unselected, List<NamespaceRef> universe)
            throws Budget.ExceededException {
        SectionRules egress = new SectionRules();
        int egressDefault = number(policies, Direction.EGRESS, unselected, egress);
        SectionRules ingress = new SectionRules();
        int ingressDefault = number(policies, Direction.INGRESS, unselected, ingress);
        budget.image(ImageLayout.IMAGE_BYTES + (long) Integer.BYTES * rules.size());
        ServiceLists lists = new ServiceLists(services, budget);
        SectionRules.Laid laidEgress = egress.lay(egressDefault, lists, budget);
        SectionRules.Laid laidIngress = ingress.lay(ingressDefault, lists, budget);
        int[] namespaces = namespaces(universe, egress.namespaces(), ingress.namespaces(), lists);
        byte[] bytes = new ImageWriter(rules, laidEgress, laidIngress, namespaces, lists).write(budget);
        return new PolicyImage(bytes, rules);
    }

    /// Numbers the rules of one direction in the order of judgement and then what holds if none matches, whose number
    /// it
    /// returns.
    private int number(List<Policy> policies, Direction direction, Verdict unselected, SectionRules sorted) {
        for (Policy policy : policies) {
            for (Rule rule : policy.section(direction).rules()) {
                sorted.add(rules.size(), rule.peers());
                rules.add(new ImageRule(RuleId.of(policy, direction, rule), rule.verdict()));
                services.add(rule.services());
            }
        }
        rules.add(policies.stream()
                .flatMap(policy -> policy.section(direction).defaultVerdict().stream()
                        .map(verdict -> new ImageRule(RuleId.ofDefault(policy, direction), verdict)))
                .findFirst()
                .orElse(new ImageRule(RuleId.ofUnselected(direction), unselected)));
        services.add(List.of()); // nothing matches a default
        return rules.size() - 1;
    }

    /// For each namespace number, its list for egress and its list for ingress; ends with the last that has one.
    private int[] namespaces(
            List<NamespaceRef> universe, NamespaceSelectors egress, NamespaceSelectors ingress, ServiceLists lists)
            throws Budget.ExceededException {
        int highest = universe.stream().mapToInt(NamespaceRef::number).max().orElse(0);
        budget.memory((long) ImageLayout.NAMESPACE_LISTS_BYTES * (highest + 1));
        int[] byNumber = new int[2 * (highest + 1)];
        int end = 0;
        for (NamespaceRef namespace : universe) {
            int place = 2 * namespace.number();
            byNumber[place + Direction.EGRESS.number()] = egress.list(namespace.name(), lists, budget);
            byNumber[place + Direction.INGRESS.number()] = ingress.list(namespace.name(), lists, budget);
            if (byNumber[place] != ServiceLists.NONE || byNumber[place + 1] != ServiceLists.NONE) {
                end = Math.max(end, place + 2);
            }
        }
        budget.image((long) Integer.BYTES * end);
        for (int i = 0; i < end; i++) {
            lists.use(byNumber[i]);
        }
        return Arrays.copyOf(byNumber, end);
    }
}
