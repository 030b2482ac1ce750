// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import java.util.List;
import java.util.Set;

/// What the last check for drift left.
///
/// @param all what lasts, then what ended last
/// @param met where the check itself met any, also what it has repaired
public record Drifts(List<Drift> all, Set<Drift.Place> met) {
    static final Drifts NONE = new Drifts(List.of(), Set.of());

    public Drifts {
        all = List.copyOf(all);
        met = Set.copyOf(met);
    }
}
