// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Direction;
import java.util.Comparator;
import java.util.List;

/// One policy file.
///
/// @param name unique in its directory, never empty
/// @param file where it was read, for messages; no part of what the policy means
/// @param priority 0..1000, lower is judged first
/// @param namespaces the policy selects every namespace whose name matches one of these; never empty
/// @param ingress what enters; [Section#EMPTY] if the file does not say
/// @param egress what leaves; [Section#EMPTY] if the file does not say
public record Policy(String name, String file, int priority, List<Glob> namespaces, Section ingress, Section egress) {
    public static final int DEFAULT_PRIORITY = 100;
    public static final int MAX_PRIORITY = 1000;

    /// The order of judgement: by priority, then by name.
    public static final Comparator<Policy> ORDER =
            Comparator.comparingInt(Policy::priority).thenComparing(Policy::name);

    public Policy {
        namespaces = List.copyOf(namespaces);
        if (name.isEmpty() || namespaces.isEmpty() || priority < 0 || priority > MAX_PRIORITY) {
            throw new IllegalArgumentException("policy \"" + name + "\" of " + file
                    + " lacks a name or a selector, or its priority " + priority + " is not 0 to " + MAX_PRIORITY);
        }
    }

    public Section section(Direction direction) {
        return direction == Direction.INGRESS ? ingress : egress;
    }

    /// Whether the policy holds for the namespace of this name.
    public boolean selects(String namespace) {
        return namespaces.stream().anyMatch(glob -> glob.matches(namespace));
    }
}
