// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import dev.weir.policy.Glob;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Which labels namespaces have.
///
/// @param patterns what the labels of a namespace depend on: those that match its name
/// @param labels of a namespace, by its name
public record Naming(List<Glob> patterns, Function<String, Map<String, String>> labels) {
    /// No namespace has any.
    public static final Naming NONE = new Naming(List.of(), _ -> Map.of());

    public Naming {
        patterns = List.copyOf(patterns);
    }
}
