// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.Direction;
import dev.weir.abi.ImageLayout;
import dev.weir.policy.Policy;
import dev.weir.policy.Rule;
import dev.weir.policy.RuleId;
import dev.weir.policy.Service;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Makes one image: policies laid end to end, and perhaps what holds when none of their rules matches.
final class ImageCompiler {
    private final Budget budget;
    private final List<ImageRule> rules = new ArrayList<>();
    private final List<List<Service>> services = new ArrayList<>();

    private ImageCompiler(int maxBytes) {
        this.budget = new Budget(maxBytes);
    }

    /// @param defaults by [View#ALL]; none: a later image has them
    static PolicyImage compile(List<Policy> policies, List<ImageRule> defaults, List<HolderRef> universe, int maxBytes)
            throws Budget.ExceededException {
        return new ImageCompiler(maxBytes).image(policies, defaults, universe);
    }

    /// Lays the policies out without the holders: for those who ask about parts of the space.
    ///
    /// @param defaults by [View#ALL]
    static PolicySpace space(List<Policy> policies, List<ImageRule> defaults, int maxBytes)
            throws Budget.ExceededException {
        ImageCompiler compiler = new ImageCompiler(maxBytes);
        Layout layout = compiler.lay(policies, defaults);
        return new PolicySpace(compiler.rules, layout.sections, layout.lists, compiler.budget);
    }

    private PolicyImage image(List<Policy> policies, List<ImageRule> defaults, List<HolderRef> universe)
            throws Budget.ExceededException {
        Layout layout = lay(policies, defaults);
        int[] holders = holders(universe, layout.sections, layout.lists);
        byte[] bytes = new ImageWriter(rules, layout.sections, holders, layout.lists).write(budget);
        return new PolicyImage(bytes, rules);
    }

    private Layout lay(List<Policy> policies, List<ImageRule> defaults) throws Budget.ExceededException {
        boolean audits = policies.stream().anyMatch(policy -> !policy.isEnforced());
        List<SectionRules> sorted =
                View.ALL.stream().map(_ -> new SectionRules()).toList();
        int[] fallbacks = new int[View.ALL.size()];
        for (Direction direction : Direction.values()) {
            number(policies, direction, sorted);
            for (View view : View.ALL) {
                if (view.direction() == direction) {
                    fallbacks[view.number()] =
                            defaults.isEmpty() ? ImageLayout.NO_RULE : number(defaults.get(view.number()));
                }
            }
        }
        budget.image(ImageLayout.IMAGE_BYTES + (long) Integer.BYTES * rules.size());
        ServiceLists lists = new ServiceLists(services, budget);
        List<SectionRules.Laid> laid = new ArrayList<>();
        for (View view : View.ALL) {
            int number = view.number();
            laid.add(
                    view.enforced() && !audits
                            ? laid.get(view.direction().number()).withDefault(fallbacks[number])
                            : sorted.get(number).lay(fallbacks[number], lists, budget));
        }
        return new Layout(laid, lists);
    }

    /// The sections by [View#ALL], and the lists that they refer to.
    private record Layout(List<SectionRules.Laid> sections, ServiceLists lists) {}

    /// Numbers the rules of one direction in the order of judgement.
    private void number(List<Policy> policies, Direction direction, List<SectionRules> sorted) {
        for (Policy policy : policies) {
            for (Rule rule : policy.section(direction).rules()) {
                for (View view : View.ALL) {
                    if (view.direction() == direction && (policy.isEnforced() || !view.enforced())) {
                        sorted.get(view.number()).add(rules.size(), rule.peers());
                    }
                }
                rules.add(ImageRule.of(policy, RuleId.of(policy, direction, rule), rule.verdict(), rule.log()));
                services.add(rule.services());
            }
        }
    }

    /// Numbers a default, behind all rules; the one that both views of a direction have is one.
    private int number(ImageRule fallback) {
        if (!rules.isEmpty() && rules.getLast().equals(fallback)) {
            return rules.size() - 1;
        }
        rules.add(fallback);
        services.add(List.of()); // nothing matches a default
        return rules.size() - 1;
    }

    /// For each holder's number, its lists by view; ends with the last that has one.
    private int[] holders(List<HolderRef> universe, List<SectionRules.Laid> laid, ServiceLists lists)
            throws Budget.ExceededException {
        int views = View.ALL.size();
        int highest = universe.stream().mapToInt(HolderRef::number).max().orElse(0);
        budget.memory((long) ImageLayout.HOLDER_LISTS_BYTES * (highest + 1));
        int[] byNumber = new int[views * (highest + 1)];
        int end = 0;
        for (HolderRef holder : universe) {
            int place = views * holder.number();
            for (int view = 0; view < views; view++) {
                byNumber[place + view] = laid.get(view).holders().list(holder.holder(), lists, budget);
                if (byNumber[place + view] != ServiceLists.NONE) {
                    end = Math.max(end, place + views);
                }
            }
        }
        budget.image((long) Integer.BYTES * end);
        for (int i = 0; i < end; i++) {
            lists.use(byNumber[i]);
        }
        return Arrays.copyOf(byNumber, end);
    }
}
