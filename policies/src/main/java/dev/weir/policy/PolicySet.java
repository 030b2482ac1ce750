// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Direction;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/// All policies of a directory, in the order of judgement. Two sets are equal if they mean the same text: equal
/// [#canonicalText()], wherever the files lie and however they are laid out.
public final class PolicySet {
    public static final PolicySet EMPTY = new PolicySet(List.of());

    private final List<Policy> policies;
    private final String hash;

    /// @throws IllegalArgumentException if two policies have one name
    public PolicySet(Collection<Policy> policies) {
        this.policies = policies.stream().sorted(Policy.ORDER).toList();
        long names = this.policies.stream().map(Policy::name).distinct().count();
        if (names != this.policies.size()) {
            throw new IllegalArgumentException("two policies have one name");
        }
        this.hash = ContentHash.of(canonicalText().getBytes(StandardCharsets.UTF_8));
    }

    /// In [Policy#ORDER].
    public List<Policy> policies() {
        return policies;
    }

    /// The policies that hold for the namespace of this name, in [Policy#ORDER].
    public List<Policy> selecting(String namespace) {
        return policies.stream().filter(policy -> policy.selects(namespace)).toList();
    }

    /// SHA-256 of [#canonicalText()] as 64 lower-case hexadecimal digits; the identity of a generation of policies.
    public String hash() {
        return hash;
    }

    /// Everything that the policies mean and nothing else: no file names, comments, positions or layout. A line a
    /// policy,
    /// section and rule; names are quoted, so that no name can look like something else.
    public String canonicalText() {
        StringBuilder text = new StringBuilder();
        for (Policy policy : policies) {
            text.append("policy ")
                    .append(quoted(policy.name()))
                    .append(" priority ")
                    .append(policy.priority());
            text.append(" namespaces").append(list(policy.namespaces())).append('\n');
            for (Direction direction : Direction.values()) {
                append(text, direction, policy.section(direction));
            }
        }
        return text.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PolicySet set && hash.equals(set.hash);
    }

    @Override
    public int hashCode() {
        return hash.hashCode();
    }

    @Override
    public String toString() {
        return policies.size() + " policies, " + hash;
    }

    private static void append(StringBuilder text, Direction direction, Section section) {
        section.defaultVerdict()
                .ifPresent(verdict ->
                        text.append(direction + " default ").append(verdict).append('\n'));
        for (Rule rule : section.rules()) {
            text.append(direction + " rule ")
                    .append(quoted(rule.label()))
                    .append(' ')
                    .append(rule.verdict());
            text.append(list(rule.services()))
                    .append(" peers")
                    .append(list(rule.peers()))
                    .append('\n');
        }
    }

    private static String list(List<?> values) {
        return values.stream().map(value -> " " + quoted(value.toString())).collect(Collectors.joining());
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
