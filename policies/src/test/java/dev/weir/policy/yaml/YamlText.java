// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.abi.Direction;
import dev.weir.policy.Policy;
import dev.weir.policy.Rule;
import dev.weir.policy.Section;
import java.util.List;
import java.util.stream.Collectors;

/// Writes policies as files, for tests that read them again.
final class YamlText {
    private YamlText() {}

    static String of(Policy policy) {
        return "policy: " + policy.name() + "\npriority: " + policy.priority() + "\napplies-to: {namespaces: "
                + list(policy.namespaces()) + "}\n" + section(policy, Direction.INGRESS, "from")
                + section(policy, Direction.EGRESS, "to");
    }

    private static String section(Policy policy, Direction direction, String peers) {
        Section section = policy.section(direction);
        String defaults = section.defaultVerdict()
                .map(verdict -> "  default: " + verdict + "\n")
                .orElse("");
        String rules = section.rules().stream().map(rule -> rule(rule, peers)).collect(Collectors.joining());
        return direction + ":" + (defaults.isEmpty() && rules.isEmpty() ? " {}\n" : "\n" + defaults)
                + (rules.isEmpty() ? "" : "  rules:\n" + rules);
    }

    private static String rule(Rule rule, String peers) {
        return "    - " + rule.verdict() + ": " + list(rule.services()) + "\n      " + peers + ": " + list(rule.peers())
                + "\n";
    }

    private static String list(List<?> values) {
        return values.stream().map(value -> "\"" + value + "\"").collect(Collectors.joining(", ", "[", "]"));
    }
}
