// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.diff;

import java.util.List;
import java.util.stream.Collectors;

/// A set in the words of policies: what any of `in` holds and none of `but`.
///
/// @param in never empty
public record Cover<T>(List<T> in, List<T> but) {
    private static final int SHOWN = 16;

    public Cover {
        in = List.copyOf(in);
        but = List.copyOf(but);
    }

    /// `10.0.0.0/8, 192.0.2.1 but 10.1.0.0/16`; of long lists only the beginning and how much is left out.
    @Override
    public String toString() {
        return but.isEmpty() ? list(in) : list(in) + " but " + list(but);
    }

    static String list(List<?> values) {
        String shown = values.stream().limit(SHOWN).map(Object::toString).collect(Collectors.joining(", "));
        int more = values.size() - SHOWN;
        return more > 0 ? shown + " and " + more + " more" : shown;
    }
}
