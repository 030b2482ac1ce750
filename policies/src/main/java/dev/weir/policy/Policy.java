// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

import dev.weir.abi.Direction;
import dev.weir.abi.OnChange;
import java.util.Comparator;

/// One policy file.
///
/// @param name unique in its directory, never empty
/// @param file where it was read, for messages; no part of what the policy means
/// @param priority 0..1000, lower is judged first
/// @param mode whether its verdicts are enforced
/// @param onChange what becomes of live flows that it allowed when policies change
/// @param appliesTo which endpoints it holds for
/// @param ingress what enters; [Section#EMPTY] if the file does not say
/// @param egress what leaves; [Section#EMPTY] if the file does not say
/// @param position of `applies-to` in the file
public record Policy(
        String name,
        String file,
        int priority,
        Mode mode,
        OnChange onChange,
        Selector appliesTo,
        Section ingress,
        Section egress,
        SourcePosition position) {
    public static final int DEFAULT_PRIORITY = 100;
    public static final int MAX_PRIORITY = 1000;

    /// The order of judgement: by priority, then by name.
    public static final Comparator<Policy> ORDER =
            Comparator.comparingInt(Policy::priority).thenComparing(Policy::name);

    public Policy {
        if (name.isEmpty() || priority < 0 || priority > MAX_PRIORITY) {
            throw new IllegalArgumentException("policy \"" + name + "\" of " + file + " lacks a name, or its priority "
                    + priority + " is not 0 to " + MAX_PRIORITY);
        }
    }

    public Section section(Direction direction) {
        return direction == Direction.INGRESS ? ingress : egress;
    }

    /// Whether its rules judge packets; else they only tell what they would do.
    public boolean isEnforced() {
        return mode == Mode.ENFORCE;
    }
}
