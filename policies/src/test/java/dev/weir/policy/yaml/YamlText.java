// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.yaml;

import dev.weir.abi.Direction;
import dev.weir.policy.AddressSet;
import dev.weir.policy.Peer;
import dev.weir.policy.Policy;
import dev.weir.policy.Rule;
import dev.weir.policy.Section;
import dev.weir.policy.Selector;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Writes policies as files, for tests that read them again.
final class YamlText {
    private YamlText() {}

    static String of(Policy policy) {
        return of(policy, set -> list(set.prefixes()));
    }

    /// @param sets what stands behind the name of each set: a list, or `{file: PATH}`
    static String of(Policy policy, Function<AddressSet, String> sets) {
        return "policy: " + policy.name() + "\npriority: " + policy.priority() + "\nmode: " + policy.mode()
                + "\non-change: " + policy.onChange() + "\napplies-to:\n" + selector(policy.appliesTo())
                + section(policy, Direction.INGRESS, "from") + section(policy, Direction.EGRESS, "to")
                + sets(policy, sets);
    }

    /// The sets that the policy's rules name, by name.
    static SortedMap<String, AddressSet> sets(Policy policy) {
        SortedMap<String, AddressSet> sets = new TreeMap<>();
        for (Direction direction : Direction.values()) {
            for (Rule rule : policy.section(direction).rules()) {
                for (Peer peer : rule.peers()) {
                    if (peer instanceof Peer.InSet(AddressSet set)) {
                        sets.put(set.name(), set);
                    }
                }
            }
        }
        return sets;
    }

    private static String sets(Policy policy, Function<AddressSet, String> written) {
        String sets = sets(policy).values().stream()
                .map(set -> "  " + set.name() + ": " + written.apply(set) + "\n")
                .collect(Collectors.joining());
        return sets.isEmpty() ? "" : "sets:\n" + sets;
    }

    private static String selector(Selector selector) {
        String labels = selector.labels().entrySet().stream()
                .map(label -> "\"" + label.getKey() + "\": \"" + label.getValue() + "\"")
                .collect(Collectors.joining(", ", "  labels: {", "}\n"));
        return (selector.namespaces().isEmpty() ? "" : "  namespaces: " + list(selector.namespaces()) + "\n")
                + (selector.labels().isEmpty() ? "" : labels)
                + (selector.devices().isEmpty() ? "" : "  devices: " + list(selector.devices()) + "\n");
    }

    private static String section(Policy policy, Direction direction, String peers) {
        Section section = policy.section(direction);
        String defaults = section.fallback()
                .map(fallback -> "  default: " + fallback.verdict() + "\n")
                .orElse("");
        String rules = section.rules().stream().map(rule -> rule(rule, peers)).collect(Collectors.joining());
        return direction + ":" + (defaults.isEmpty() && rules.isEmpty() ? " {}\n" : "\n" + defaults)
                + (rules.isEmpty() ? "" : "  rules:\n" + rules);
    }

    private static String rule(Rule rule, String peers) {
        return "    - " + rule.verdict() + ": " + list(rule.services()) + "\n      " + peers + ": " + list(rule.peers())
                + "\n" + (rule.log() ? "      log: true\n" : "");
    }

    private static String list(List<?> values) {
        return values.stream().map(value -> "\"" + value + "\"").collect(Collectors.joining(", ", "[", "]"));
    }
}
