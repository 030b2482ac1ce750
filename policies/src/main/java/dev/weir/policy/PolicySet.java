// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;

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

    /// The policies that hold for `target`, in [Policy#ORDER].
    public List<Policy> selecting(Target target) {
        return policies.stream()
                .filter(policy -> policy.appliesTo().matches(target))
                .toList();
    }

    /// SHA-256 of [#canonicalText()] as 64 lower-case hexadecimal digits; the identity of a generation of policies.
    public String hash() {
        return hash;
    }

    /// Everything that the policies mean and nothing else: no file names, comments, positions or layout. A line a
    /// policy, set, section and rule; names are quoted, so that no name can look like something else.
    public String canonicalText() {
        StringBuilder text = new StringBuilder();
        policies.forEach(policy -> CanonicalText.append(text, policy));
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
}
